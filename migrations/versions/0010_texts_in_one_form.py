"""what people typed is kept in one form"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TYPED = {
    "organization": ("name",),
    "site": ("name",),
    "room": ("name",),
    "program": ("name",),
    "rule_set": ("name", "jurisdiction", "citation"),
    "closure": ("name",),
    "kiosk_device": ("name",),
    "participant": ("name", "preferred_name", "pronouns"),
    "staff": ("name", "credentials", "license_number"),
    "contact": ("name", "relation"),
    "consent": ("recipient", "purpose"),
    "series": ("title",),
    "session": ("title", "cancel_reason"),
    "time_off": ("reason",),
    "leave": ("reason",),
    "amendment": ("reason",),
}
# Joiners and variants are taken out where no script needs them: after Latin, Greek and Cyrillic.
UNSEEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb]|(?<=[ -\u05ff])[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f]+"
    "|(?![\t-\r\x1c-\x1f\x85])[\x00-\x1f\x7f-\x9f]"
)


def upgrade() -> None:
    connection = op.get_bind()
    for name, columns in TYPED.items():
        table = sa.table(name, *map(sa.column, columns))
        for column in table.columns:
            texts = connection.scalars(sa.select(column).where(column.is_not(None)).distinct())
            for text in texts.all():
                kept = one_line(text)
                if kept and kept != text:
                    connection.execute(
                        table.update().where(column == text).values({column.name: kept})
                    )


def one_line(text: str) -> str:
    seen = UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def downgrade() -> None:
    """It reads the same."""
