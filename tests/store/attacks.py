"""Statements that change or remove the row of a table, by the dialect that understands them."""

from typing import Final

from sqlalchemy import Connection, Table

from app.store.tables import APPEND_ONLY

BOTH: Final = {
    "update": "UPDATE {table} SET seq = 2",
    "delete": "DELETE FROM {table}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} WHERE true "
    "ON CONFLICT ({key}) DO UPDATE SET seq = 2",
}
ATTACKS: Final = {
    "sqlite": {
        **BOTH,
        "update or ignore": "UPDATE OR IGNORE {table} SET seq = 2",
        "update or replace": "UPDATE OR REPLACE {table} SET seq = 2",
        "replace": "REPLACE INTO {table} SELECT {changed} FROM {table}",
        "insert or replace": "INSERT OR REPLACE INTO {table} SELECT {changed} FROM {table}",
    },
    "postgresql": {
        **BOTH,
        "truncate": "TRUNCATE {table} CASCADE",
        "merge and update": "MERGE INTO {table} USING (SELECT 1) AS one ON true "
        "WHEN MATCHED THEN UPDATE SET seq = 2",
        "merge and delete": "MERGE INTO {table} USING (SELECT 1) AS one ON true "
        "WHEN MATCHED THEN DELETE",
        "delete as a replica": "SET session_replication_role = replica; DELETE FROM {table}",
    },
}
EACH: Final = [(dialect, attack) for dialect, attacks in ATTACKS.items() for attack in attacks]


def statement_of(attack: str, table: Table) -> str:
    """The attack, on that table."""
    columns = [column.name for column in table.columns]
    return attack.format(
        table=table.name,
        key=", ".join(column.name for column in table.primary_key),
        changed=", ".join("2" if name == "seq" else name for name in columns),
    )


def drop_guards(connection: Connection) -> None:
    """Take the guards away, as an owner of the tables can."""
    for table in APPEND_ONLY:
        if connection.dialect.name == "sqlite":
            for change in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{change}")
        else:
            for change in ("change", "truncate"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{change} ON {table}")
