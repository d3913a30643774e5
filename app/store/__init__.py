"""The record: tables, transactions, versions, adjudications and the audit trail."""
