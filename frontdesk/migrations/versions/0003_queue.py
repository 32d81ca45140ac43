"""The queue as an owner, read marks, and the assistant's late answers as suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows of before this version name a person wherever staff own them, so both hold at once.
    with op.batch_alter_table("conversations") as table:
        for name in ("read_by_patient", "read_by_staff"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        table.create_check_constraint(
            op.f("ck_conversations_owner"), "owner IN ('assistant', 'queue', 'staff')"
        )
        table.create_check_constraint(
            op.f("ck_conversations_one_owner"),
            "(owner = 'staff') = (owner_staff_id IS NOT NULL)",
        )
        table.create_index("ix_conversations_owner_staff_id", ["owner_staff_id"], unique=False)
    op.create_index(
        "ix_turns_conversation_id_number", "turns", ["conversation_id", "number"], unique=False
    )
    op.create_table(
        "suggestions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("message_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_suggestions_conversation_id")
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_suggestions_turn_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_suggestions_turn_id")),
    )
    op.create_index(
        "ix_suggestions_conversation_id", "suggestions", ["conversation_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_suggestions_conversation_id", "suggestions")
    op.drop_table("suggestions")
    op.drop_index("ix_turns_conversation_id_number", "turns")
    # The version before knows no queue: there the assistant would be silent for ever.
    op.execute("UPDATE conversations SET owner = 'assistant' WHERE owner = 'queue'")
    with op.batch_alter_table("conversations") as table:
        table.drop_index("ix_conversations_owner_staff_id")
        table.drop_constraint(op.f("ck_conversations_one_owner"), type_="check")
        table.drop_constraint(op.f("ck_conversations_owner"), type_="check")
        table.drop_column("read_by_staff")
        table.drop_column("read_by_patient")
