"""Merge messages and topics

Revision ID: a0b1c2d3e4f5
Revises: 8c3d4e5f6a7b, 9d0e1f2a3b4c
Create Date: 2024-03-16 10:20:30.405060

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = 'a0b1c2d3e4f5'
down_revision: Union[str, Sequence[str], None] = ('8c3d4e5f6a7b', '9d0e1f2a3b4c')
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
