"""What a finding is recognised by from run to run: what it is about, not how it is worded or where."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from todo_db.findings import Finding


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One for each finding, in their order; several of one rule on one object are numbered."""
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for finding in findings:
        about = (finding.code, finding.rule, finding.kind, finding.object)
        seen[about] += 1
        whole = "\0".join((*about, str(seen[about])))
        result.append(hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()[:32])
    return result
