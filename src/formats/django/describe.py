# Prints the migrations of a Django project as JSON, in the order in which Django applies them to an empty database.
# `manage.py shell` runs it. Public classes of django.db.migrations only; the SQL is that of `sqlmigrate`.
import json
import os

import django
from django.db import OperationalError, connections
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState
from django.db.migrations.state import ProjectState


def hides_python(operation):
    """Django would run the code of such an operation while it collects SQL."""
    if not isinstance(operation, SeparateDatabaseAndState):
        return False
    inner = operation.database_operations
    return any(isinstance(one, RunPython) or hides_python(one) for one in inner)


def collected(connection, migration, state, backwards):
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        if backwards:
            migration.unapply(state, editor, collect_sql=True)
        else:
            migration.apply(state, editor, collect_sql=True)
    return "\n".join(editor.collected_sql)


def described(connection, graph, key, state):
    migration = graph.nodes[key]
    entry = {
        "app": key[0],
        "name": key[1],
        "parents": sorted(list(parent.key) for parent in graph.node_map[key].parents),
        "atomic": migration.atomic,
        "code": [one.describe() for one in migration.operations if not one.reduces_to_sql],
        "up": None,
        "down": None,
        "problem": None,
    }
    if any(hides_python(one) for one in migration.operations):
        entry["problem"] = "SeparateDatabaseAndState contains Python, which Django would run to print its SQL"
        return entry, migration.mutate_state(state, preserve=False)
    before = state.clone()
    try:
        entry["up"] = collected(connection, migration, state, False)
        after = state
    except OperationalError:
        raise  # The database cannot be reached: every migration would fail in this way.
    except Exception as error:
        entry["problem"] = "%s: %s" % (type(error).__name__, error)
        return entry, migration.mutate_state(before, preserve=False)
    try:
        entry["down"] = collected(connection, migration, before, True)
    except IrreversibleError:
        pass
    except Exception as error:
        entry["back"] = "%s: %s" % (type(error).__name__, error)
    return entry, after


def main():
    connection = connections[os.environ.get("ALUDEL_DJANGO_DATABASE") or "default"]
    # Without a connection, nothing counts as applied, and a squashed migration takes the place of what it replaces.
    loader = MigrationLoader(None)
    graph = loader.graph
    state = ProjectState(real_apps=loader.unmigrated_apps)
    entries, done = [], set()
    for leaf in graph.leaf_nodes():
        for key in graph.forwards_plan(leaf):
            if key not in done:
                done.add(key)
                entry, state = described(connection, graph, key, state)
                entries.append(entry)
    print("\naludel:begin")
    print(json.dumps({"django": django.get_version(), "vendor": connection.vendor, "migrations": entries}))
    print("aludel:end")


main()
