"""Server-side apply for the STAND-IN: who holds which field of an object, and conflicts in the words
of Kubernetes. Maps are walked; a list is one field, where Kubernetes looks into lists by their keys."""
import base64
import copy
import time

# What belongs to the object itself and to nobody.
OWN = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "uid"),
       ("metadata", "resourceVersion"), ("metadata", "generation"), ("metadata", "creationTimestamp"),
       ("metadata", "managedFields")}


class Conflict(Exception):
    """Somebody else holds fields, and they differ."""

    def __init__(self, found):
        self.causes = [{"reason": "FieldManagerConflict", "message": 'conflict with %s' % who,
                        "field": dotted(path)} for who, path in found]
        if len(found) == 1:
            text = "1 conflict: conflict with %s: %s" % (found[0][0], dotted(found[0][1]))
        else:
            lines = []
            for who in dict.fromkeys(who for who, _ in found):
                lines.append("conflicts with %s:" % who)
                lines += ["- " + dotted(path) for other, path in found if other == who]
            text = "%d conflicts: %s" % (len(found), "\n".join(lines))
        super().__init__("Apply failed with " + text)


def dotted(path):
    return "".join("." + part for part in path)


def fields(value, path=()):
    """Every field that somebody can hold, with its value."""
    if path in OWN or path[:1] == ("status",):
        return {}
    if not isinstance(value, dict) or (path and not value):
        return {path: value}
    found = {}
    for key, inner in value.items():
        found.update(fields(inner, path + (key,)))
    return found


def nested(paths):
    """As in metadata.managedFields. (FieldsV1)"""
    result = {}
    for path in sorted(paths):
        place = result
        for part in path:
            place = place.setdefault("f:" + part, {})
    return result


def flat(value, path=()):
    if not value:
        return {path} if path else set()
    found = set()
    for key, inner in value.items():
        found |= flat(inner, path + (key[2:],))
    return found


def holders(there):
    """Who holds what: (manager, operation) to fields."""
    entries = (there or {}).get("metadata", {}).get("managedFields", [])
    return {(one["manager"], one["operation"]): flat(one["fieldsV1"]) for one in entries}


def entries(held, version):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return [{"manager": manager, "operation": operation, "apiVersion": version, "time": stamp,
             "fieldsType": "FieldsV1", "fieldsV1": nested(paths)}
            for (manager, operation), paths in sorted(held.items())
            if paths or operation == "Apply"]


def put(target, path, value):
    for part in path[:-1]:
        inner = target.get(part)
        if not isinstance(inner, dict):
            inner = target[part] = {}
        target = inner
    target[path[-1]] = copy.deepcopy(value)


def take(target, path):
    """Removes a field, and the maps that are empty without it."""
    if path[0] not in target:
        return
    if len(path) == 1:
        del target[path[0]]
        return
    if isinstance(target[path[0]], dict):
        take(target[path[0]], path[1:])
        if not target[path[0]]:
            del target[path[0]]


def encoded(value):
    """A Secret's stringData becomes data, as it does on its way in."""
    value = copy.deepcopy(value)
    for key, text in (value.pop("stringData", None) or {}).items():
        value.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()
    return value


def apply(there, value, manager, force=False):
    """The object after an apply. Raises Conflict."""
    value = encoded(value)
    wanted, present, held = fields(value), fields(there or {}), holders(there)
    found = []
    for (other, operation), paths in sorted(held.items()):
        if (other, operation) == (manager, "Apply"):
            continue
        using = " using %s" % value["apiVersion"] if operation == "Update" else ""
        for path in sorted(paths & set(wanted)):
            if present.get(path) != wanted[path]:
                found.append(('"%s"%s' % (other, using), path))
                if force:
                    paths.discard(path)
    if found and not force:
        raise Conflict(found)
    result = copy.deepcopy(there) if there else {}
    for key in ("apiVersion", "kind"):
        result[key] = value[key]
    for key in ("name", "namespace"):
        if key in value["metadata"]:
            result.setdefault("metadata", {})[key] = value["metadata"][key]
    for path in held.get((manager, "Apply"), set()) - set(wanted):
        if not any(path in paths for who, paths in held.items() if who != (manager, "Apply")):
            take(result, path)
    for path, one in wanted.items():
        put(result, path, one)
    held[(manager, "Apply")] = set(wanted)
    if same(result, there) and held == holders(there):
        return there
    result["metadata"]["managedFields"] = entries(held, value["apiVersion"])
    count(result, there)
    return result


def update(there, result, manager):
    """Marks what a replace or a merge changed as held by whoever did it."""
    before, after, held = fields(there or {}), fields(result), holders(there)
    changed = {path for path, one in after.items() if before.get(path) != one}
    for who, paths in held.items():
        held[who] = {path for path in paths if path in after} - changed
    held[(manager, "Update")] = held.get((manager, "Update"), set()) | changed
    result.setdefault("metadata", {})["managedFields"] = entries(held, result.get("apiVersion", "v1"))
    count(result, there)
    return result


def same(one, other):
    return other is not None and fields(one) == fields(other)


def count(result, there):
    """metadata.generation goes up when what is wanted changes."""
    if "spec" not in result:
        return
    before = (there or {}).get("metadata", {}).get("generation", 0)
    changed = there is None or there.get("spec") != result["spec"]
    result["metadata"]["generation"] = before + 1 if changed else before
