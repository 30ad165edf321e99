"""participants have what they are sorted by"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQLITE = {  # where the table is made anew: it goes on never using an id again
    "table_kwargs": {"sqlite_autoincrement": True},
    "naming_convention": {"pk": "pk_%(table_name)s"},
}
UNSEEN = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]+"
)
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ħ": "h"}
)
APOSTROPHES = re.compile("['’‘‛′ʼʻʽʾʿ`´\uff07]")


def upgrade() -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    sorted_by = sa.String() if is_sqlite else sa.String(collation="C")
    with op.batch_alter_table("participant", **SQLITE) as batch_op:
        batch_op.add_column(sa.Column("sort_name", sorted_by, nullable=True))
    people = sa.table("participant", sa.column("id"), sa.column("name"), sa.column("sort_name"))
    for row in connection.execute(sa.select(people.c.id, people.c.name)).all():
        place = people.update().where(people.c.id == row.id)
        connection.execute(place.values(sort_name=sort_key(row.name)))
    with op.batch_alter_table("participant", **SQLITE) as batch_op:
        batch_op.alter_column("sort_name", existing_type=sorted_by, nullable=False)


def sort_key(name: str) -> str:
    seen = UNSEEN.sub("", APOSTROPHES.sub("", name))
    marked = unicodedata.normalize("NFKD", seen).casefold().translate(LETTERS)
    plain = "".join(letter for letter in marked if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", plain)) or name


def downgrade() -> None:
    with op.batch_alter_table("participant", **SQLITE) as batch_op:
        batch_op.drop_column("sort_name")
