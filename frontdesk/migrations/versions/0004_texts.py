"""Text messages: numbers, consent, what came and what goes, codes and links."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_consents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_consents")),
    )
    op.create_index("ix_sms_consents_number", "sms_consents", ["number", "at"], unique=False)

    op.create_table(
        "sms_sweeps",
        sa.Column("account_sid", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", name=op.f("pk_sms_sweeps")),
    )
    op.create_table(
        "sms_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_sid", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_sms_deliveries_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_deliveries")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_sms_deliveries_provider_sid")),
    )
    op.create_index(
        "ix_sms_deliveries_conversation_id", "sms_deliveries", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_sms_deliveries_number", "sms_deliveries", ["number", "created_at"], unique=False
    )
    op.create_index(
        "ix_sms_deliveries_state", "sms_deliveries", ["state", "not_before"], unique=False
    )
    op.create_index("ix_sms_deliveries_tried_at", "sms_deliveries", ["tried_at"], unique=False)

    op.create_table(
        "sms_inbound",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_sid", sa.String(), nullable=False),
        sa.Column("message_sid", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("media", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("message_number", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_sms_inbound_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_inbound")),
        sa.UniqueConstraint(
            "account_sid", "message_sid", name=op.f("uq_sms_inbound_account_sid_message_sid")
        ),
    )
    op.create_index(
        "ix_sms_inbound_conversation_id", "sms_inbound", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_sms_inbound_number_received_at", "sms_inbound", ["number", "received_at"], unique=False
    )

    op.create_table(
        "sms_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_sms_links_conversation_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sms_links")),
    )
    op.create_index("ix_sms_links_conversation_id", "sms_links", ["conversation_id"], unique=False)

    op.create_table(
        "sms_numbers",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_sms_numbers_conversation_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sms_numbers")),
    )
    op.create_table(
        "sms_proofs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_sms_proofs_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_proofs")),
    )
    op.create_index(
        "ix_sms_proofs_conversation_id",
        "sms_proofs",
        ["conversation_id", "created_at"],
        unique=False,
    )
    op.create_index("ix_sms_proofs_number", "sms_proofs", ["number"], unique=False)

    op.create_table(
        "outgoing",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outgoing_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_outgoing_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outgoing")),
    )
    op.create_index("ix_outgoing_conversation_id", "outgoing", ["conversation_id"], unique=False)
    op.create_index("ix_outgoing_created_at", "outgoing", ["created_at"], unique=False)

    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("phone", sa.String(), nullable=True))
        table.add_column(sa.Column("texts", sa.String(), nullable=True))
        table.add_column(
            sa.Column("texts_stopped", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.create_index("ix_conversations_phone", ["phone"], unique=False)
        table.create_check_constraint(
            op.f("ck_conversations_texts"),
            "texts IS NULL OR (texts IN ('sms', 'link', 'full') AND phone IS NOT NULL)",
        )


def downgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_constraint(op.f("ck_conversations_texts"), type_="check")
        table.drop_index("ix_conversations_phone")
        for name in ("texts_stopped", "texts", "phone"):
            table.drop_column(name)
    # Their indexes go with them.
    for name in (
        "outgoing",
        "sms_proofs",
        "sms_numbers",
        "sms_links",
        "sms_inbound",
        "sms_deliveries",
        "sms_sweeps",
        "sms_consents",
    ):
        op.drop_table(name)
