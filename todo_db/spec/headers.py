"""The words that people put over the columns of a table of columns, in several languages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from todo_db.spec.markdown import plain

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    role: tuple(word.strip() for word in words.split(","))
    for role, words in {
        "name": """
            column, field, column name, field name, name, attribute, property, columna, campo,
            nombre, atributo, coluna, nome, nombre de columna, カラム, カラム名, 列名, 列,
            フィールド, フィールド名, 物理名, 項目, 項目名, column/field, champ, spalte, feld, 字段,
            字段名, 字段名称, 欄位, 欄位名稱, 列名称, colonne, nom, nom de colonne, nom du champ,
            spaltenname, feldname, colonna, medan, lajur, kolom, nama kolom, поле, колонка, 필드,
            필드명, 컬럼, 컬럼명""",
        "type": """
            type, data type, datatype, column type, sql type, postgresql type, postgres type,
            db type, database type, field type, tipo, tipo de dato, tipo de datos, tipo de dado, 型,
            データ型, typ, 类型, 数据类型, 字段类型, 資料型別, 資料型態, 類型, datentyp,
            type de données, type de donnée, tipo dati, tipo di dato, jenis, jenis data, tipe,
            tipe data, тип, тип данных, 타입, 데이터 타입, 자료형, データタイプ""",
        "constraints": """
            constraints, constraint, modifiers, restricciones, restrições, restricción, 制約,
            options, attributes, key/constraints, properties, rules, constraints/notes,
            constraints & defaults, key constraints, constraints / notes, sql constraints,
            qualifiers, extra, flags, modifier, 约束, 约束条件, 約束, contraintes, contrainte,
            einschränkungen, einschränkung, constraints (db), vincoli, vincolo, kekangan, batasan,
            ограничения, 제약, 제약조건, 制約条件, その他制約""",
        "nullable": """
            nullable, null, is null, allow null, allows null, nulo, nulos, null許可, null可,
            permite nulo, optional, nullability, null allowed, 可空, 允许空, 允许空值, 是否可空,
            是否为空, 可为空, 允许为空, 可為空, 是否可為空, null許容, null 許容, null値, nul,
            nullwert, nullwerte, null?, permite null, acepta nulo, 널 허용, null 허용, nullable?""",
        "required": """
            required, mandatory, requerido, obligatorio, obrigatório, 必須, not null, notnull, nn,
            is required, 必填, 是否必填, 必須項目, 非空, pflicht, pflichtfeld, obligatoire,
            obbligatorio, requis, erforderlich, not null?, wajib, обязательное, обязательность, 필수,
            required?""",
        "default": """
            default, default value, defaults, valor por defecto, por defecto, defecto, padrão,
            valor padrão, predeterminado, valor predeterminado, valor default, デフォルト, 初期値,
            デフォルト値, server default, 默认, 默认值, 預設值, 預設, défaut, par défaut,
            valeur par défaut, standard, standardwert, vorgabe, valore predefinito, predefinito,
            nilai lalai, значение по умолчанию, по умолчанию, 기본값, 既定値""",
        "description": """
            description, notes, note, purpose, comment, comments, remarks, details, meaning, usage,
            descripción, descrição, notas, 説明, 说明, 說明, 備考, beschreibung, explanation, 論理名,
            descripcion, 描述, 备注, 備註, 注释, 釋義, 含义, descrizione, bemerkung, bemerkungen,
            kommentar, remarque, remarques, commentaire, penerangan, keterangan, описание, 설명,
            비고, 説明・備考, detail, purpose / notes, notes / description""",
        "key": """
            key, keys, pk/fk, clave, llave, chave, キー, primary key, pk, key type, primary, 主键,
            是否主键, 键, schlüssel, clé, chiave, kunci, ключ, 키, 主キー""",
        "references": """
            references, foreign key, fk, reference, referencia, foreign key reference, 外部キー,
            fk reference, referenced table, 外键, 关联, verweis, référence, riferimento,
            fremdschlüssel, clé étrangère""",
        "unique": """
            unique, unique?, único, 一意, ユニーク, uq, 唯一, 唯一约束, 是否唯一, eindeutig, univoco,
            ユニーク制約""",
        "index": """
            index, indexed, index?, índice, インデックス, 索引, 是否索引, indexé""",
        "length": """
            length, size, max length, longitud, tamaño, 長さ, 桁数, max, 长度, länge, longueur,
            lunghezza""",
        "other": """
            validation, example, sample, python type, typescript type, sqlmodel type,
            validation rules, example value""",
        "foreign": """
            table, tables, tabla, tabela, テーブル, columns, column(s), index name, rule, setting,
            parent, child, event, entity, from, to, constraint name, relationship, child table,
            parent table, enum, テーブル名, 表, 表名, 数据表, tabelle, tabella, jadual""",
    }.items()
}
_ROLE = {word: role for role, words in HEADERS.items() for word in words}


@lru_cache(maxsize=1 << 12)
def role_of(header: str) -> str | None:
    """What the cells below a header say, or None where its words are not known."""
    text = re.sub(r"\s+", " ", plain(header)).strip().lower().rstrip("?:")
    text = re.sub(r"\s*\([^)]*\)\Z", "", text)
    if text in _ROLE:
        return _ROLE[text]
    if re.search(
        r"python|typescript|sqlmodel|sqlalchemy|drizzle|prisma|zod|pydantic|\bts\b|\bapi\b|json", text
    ):
        return "other"
    for word, role in (
        ("type", "type"),
        ("constraint", "constraints"),
        ("nullable", "nullable"),
        ("default", "default"),
        ("description", "description"),
        ("column", "name"),
    ):
        if re.search(rf"\b{word}s?\b", text):
            return None if role == "name" and text.endswith("s") else role
    return None
