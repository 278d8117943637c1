"""Create rooms

Revision ID: 77aa11bb22cc
Revises: 
Create Date: 2024-03-01 10:20:30.405060

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '77aa11bb22cc'
down_revision: Union[str, Sequence[str], None] = None
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    rooms = op.create_table(
        'rooms',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('name', sa.Text(), nullable=False),
    )
    op.bulk_insert(rooms, [{'id': 1, 'name': 'Hall'}, {'id': 2, 'name': "Ann's"}])


def downgrade() -> None:
    op.drop_table('rooms')
