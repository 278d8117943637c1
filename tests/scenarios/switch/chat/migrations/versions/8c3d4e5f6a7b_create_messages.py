"""Create messages

Revision ID: 8c3d4e5f6a7b
Revises: 77aa11bb22cc
Create Date: 2024-03-14 10:20:30.405060

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '8c3d4e5f6a7b'
down_revision: Union[str, Sequence[str], None] = '77aa11bb22cc'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        'messages',
        sa.Column('id', sa.BigInteger(), primary_key=True),
        sa.Column('room', sa.Integer(), sa.ForeignKey('rooms.id', ondelete='CASCADE'), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('messages')
