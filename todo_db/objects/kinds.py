"""All kinds of objects, in the order in which they are created."""

from __future__ import annotations

from todo_db.objects.aggregate import Aggregate
from todo_db.objects.cast import Cast
from todo_db.objects.check import Check
from todo_db.objects.collation import Collation
from todo_db.objects.column import Column
from todo_db.objects.composite_type import CompositeType
from todo_db.objects.database import Database
from todo_db.objects.default_privileges import DefaultPrivileges
from todo_db.objects.domain import Domain
from todo_db.objects.enum import Enum
from todo_db.objects.event_trigger import EventTrigger
from todo_db.objects.exclusion import Exclusion
from todo_db.objects.extension import Extension
from todo_db.objects.foreign_data_wrapper import ForeignDataWrapper
from todo_db.objects.foreign_key import ForeignKey
from todo_db.objects.foreign_server import ForeignServer
from todo_db.objects.foreign_table import ForeignTable
from todo_db.objects.function import Function
from todo_db.objects.grant import Grant
from todo_db.objects.index import Index
from todo_db.objects.materialized_view import MaterializedView
from todo_db.objects.namespace import Namespace
from todo_db.objects.operator import Operator
from todo_db.objects.operator_class import OperatorClass
from todo_db.objects.operator_family import OperatorFamily
from todo_db.objects.owner import Owner
from todo_db.objects.policy import Policy
from todo_db.objects.primary_key import PrimaryKey
from todo_db.objects.procedure import Procedure
from todo_db.objects.publication import Publication
from todo_db.objects.range_type import RangeType
from todo_db.objects.rule import Rule
from todo_db.objects.security_label import SecurityLabel
from todo_db.objects.sequence import Sequence
from todo_db.objects.setting import Setting
from todo_db.objects.statistics import Statistics
from todo_db.objects.table import Table
from todo_db.objects.text_search_configuration import TextSearchConfiguration
from todo_db.objects.text_search_dictionary import TextSearchDictionary
from todo_db.objects.text_search_parser import TextSearchParser
from todo_db.objects.text_search_template import TextSearchTemplate
from todo_db.objects.trigger import Trigger
from todo_db.objects.unique import Unique
from todo_db.objects.user_mapping import UserMapping
from todo_db.objects.view import View
from todo_db.schema import DbObject

# In the order in which they are created where nothing else decides; they are dropped in the reverse order.
KINDS: tuple[type[DbObject], ...] = (
    Database,
    Namespace,
    Extension,
    Collation,
    Enum,
    CompositeType,
    RangeType,
    Domain,
    Sequence,
    TextSearchParser,
    TextSearchTemplate,
    TextSearchDictionary,
    TextSearchConfiguration,
    ForeignDataWrapper,
    ForeignServer,
    UserMapping,
    Table,
    ForeignTable,
    Column,
    PrimaryKey,
    Unique,
    Exclusion,
    Check,
    Index,
    ForeignKey,
    Statistics,
    View,
    MaterializedView,
    Function,
    Procedure,
    Aggregate,
    Operator,
    OperatorFamily,
    OperatorClass,
    Cast,
    Rule,
    Trigger,
    Policy,
    EventTrigger,
    Publication,
    Owner,
    Grant,
    DefaultPrivileges,
    Setting,
    SecurityLabel,
)

BY_KIND: dict[str, type[DbObject]] = {cls.kind: cls for cls in KINDS}
