"""Topics

Revision ID: 9d0e1f2a3b4c
Revises: 77aa11bb22cc
Create Date: 2024-03-15 10:20:30.405060

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '9d0e1f2a3b4c'
down_revision: Union[str, Sequence[str], None] = '77aa11bb22cc'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.add_column('rooms', sa.Column('topic', sa.Text(), server_default='', nullable=False))


def downgrade() -> None:
    op.drop_column('rooms', 'topic')
