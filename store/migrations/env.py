"""How Alembic runs here: inside the connection and transaction that database.migrate opened."""

from alembic import context

from store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table; a new revision copies it instead
)
with context.begin_transaction():
    context.run_migrations()
