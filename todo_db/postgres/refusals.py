"""What a refused connection means: whether waiting can help, and what to tell the user."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal. `patience`: seconds for which trying again makes sense (None: as long as allowed).

    what: the sentence for the user; `{0}` is what the pattern caught.
    """

    pattern: str
    what: str
    hint: str
    patience: float | None = 0.0


_NEON = "look at the project in the Neon console"
_LATER = "try again in a moment"
_URL = "mend the URL"

# The first that matches counts. libpq gives no SQLSTATE for a failed connection, so the text decides; Neon's
# texts are those of its proxy (github.com/neondatabase/neon, proxy/src).
REFUSALS = (
    Refusal(r"password authentication failed for user \"(.*?)\"", "the password of {0} is wrong", _URL),
    Refusal(r"no password supplied", "the server wants a password, and the URL has none", _URL),
    Refusal(r"(\w+) authentication failed for user \"(.*?)\"", "the server refused the login ({0})", _URL),
    Refusal(
        r"role \"(.*?)\" (?:does not exist|is not permitted to log in)", "the role {0} cannot log in", _URL
    ),
    Refusal(
        r"database \"(.*?)\" does not exist",
        "the database {0} does not exist",
        "create it, or mend the name in the URL",
    ),
    Refusal(r"no such database: (.*)", "the pooler knows no database {0}", _URL),
    Refusal(r"exceeded the ([\w ]+?) quota", "the {0} quota of the Neon project is used up", _NEON),
    Refusal(
        r"(?:requested )?endpoint (?:could not|cannot) be found|endpoint .{0,80}(?:not found|does not exist)",
        "Neon knows no such endpoint",
        "copy the URL again from the Neon console: its branch or compute is gone, or the host is mistyped",
    ),
    Refusal(
        r"Endpoint ID is not specified|Inconsistent project name|SNI",
        "Neon cannot tell the endpoint from this connection",
        "add options=endpoint%3D<endpoint id> to the URL",
    ),
    Refusal(r"endpoint (?:is|has been) disabled", "this Neon endpoint is disabled", _NEON),
    Refusal(
        r"not allowed to connect|IP address .{0,60}not allowed|no pg_hba\.conf entry for (.*)",
        "the server does not accept connections from here",
        "allow this address on the server (pg_hba.conf, or the IP allow list)",
    ),
    Refusal(
        r"pg_hba\.conf rejects", "the server does not accept connections from here", "see its pg_hba.conf"
    ),
    Refusal(
        r"server does not support SSL|SSL was required",
        "the server does not offer TLS, which the URL requires",
        "use sslmode=prefer for a server on this machine",
    ),
    Refusal(
        r"certificate verify failed|root certificate file|server certificate for .* does not match",
        "the server's certificate cannot be verified",
        "pass sslrootcert=/path/to/ca.crt, or mend the host in the URL",
    ),
    Refusal(
        r"channel binding (?:is )?required",
        "the URL requires channel binding, which this server does not offer",
        "leave out channel_binding=require where the connection is not over TLS",
    ),
    Refusal(
        r"permission denied for database (\S+)",
        "the role may not connect to the database {0}",
        "grant CONNECT",
    ),
    Refusal(
        r"is not currently accepting connections", "the database does not accept connections", "see its owner"
    ),
    Refusal(r"definition of service \"(.*?)\" not found", "pg_service.conf has no service {0}", _URL),
    Refusal(
        r"Name or service not known|nodename nor servname|No address associated|Name has no usable address",
        "the host's name does not exist",
        "mend the host in the URL",
    ),
    Refusal(r"Temporary failure in name resolution", "the host's name cannot be looked up", _LATER, 5.0),
    Refusal(r"Network is unreachable|No route to host", "the host cannot be reached", "see the network", 5.0),
    Refusal(
        r"endpoint is idle, retry|Couldn't connect to compute node|Control plane request failed"
        r"|Too many database connection attempts|compute (?:node )?is (?:starting|waking)",
        "the Neon compute did not wake up",
        _LATER,
        None,
    ),
    Refusal(
        r"the database system is (?:starting up|in recovery|not (?:yet )?accepting)|cannot connect now",
        "the server is still starting",
        _LATER,
        None,
    ),
    Refusal(r"the database system is shutting down", "the server is shutting down", _LATER, None),
    Refusal(
        r"too many clients|remaining connection slots|too many connections|max_client_conn"
        r"|no more connections",
        "the server has no free connection",
        "end other clients, or try again in a moment",
        None,
    ),
    Refusal(
        r"Connection refused|No such file or directory",
        "nothing listens there",
        "start the server, or mend host and port in the URL",
        0.3,  # a server that restarts; where it is Neon's proxy, `connect` is more patient
    ),
    Refusal(
        r"server closed the connection|Connection reset|terminating connection|SSL SYSCALL"
        r"|closed unexpectedly|SSL error: unexpected eof|could not receive data|server_login_retry"
        r"|server conn crashed|query_wait_timeout",
        "the server cut the connection",
        _LATER,
        None,
    ),
    Refusal(
        r"timeout expired|timed out|timeout",
        "the server did not answer in time",
        "see host, port and firewall",
        None,
    ),
)

UNKNOWN = Refusal("", "the connection failed", "see what the server said")


def classify(text: str) -> tuple[Refusal, str]:
    """The refusal that a message stands for, and the sentence that tells the user."""
    for refusal in REFUSALS:
        if match := re.search(refusal.pattern, text):
            return refusal, refusal.what.format(*(group or "" for group in match.groups()))
    return UNKNOWN, UNKNOWN.what


def refuses_options(text: str) -> bool:
    """Whether a pooler refused the settings that were sent at the start of the session."""
    return re.search(r"unsupported startup parameter", text) is not None
