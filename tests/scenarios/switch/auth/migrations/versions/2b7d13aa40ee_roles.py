"""Roles

Revision ID: 2b7d13aa40ee
Revises: 1f0c2a77d901
Create Date: 2024-02-19 10:20:30.405060

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '2b7d13aa40ee'
down_revision: Union[str, Sequence[str], None] = '1f0c2a77d901'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    roles = sa.Enum('member', 'admin', name='role')
    roles.create(op.get_bind(), checkfirst=False)
    op.add_column('users', sa.Column('role', roles, server_default='member', nullable=False))


def downgrade() -> None:
    op.drop_column('users', 'role')
    op.execute('DROP TYPE role')
