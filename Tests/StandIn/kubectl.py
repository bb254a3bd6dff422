"""The little of kubectl that a person needs beside the STAND-IN."""
import base64
import json
import re
import sys
import tempfile

import client
import k3s

FOLDERS = {"node": "/api/v1/nodes", "namespace": "/api/v1/namespaces",
           "secret": "/api/v1/namespaces/%s/secrets", "configmap": "/api/v1/namespaces/%s/configmaps"}


def run(words):
    host = k3s.Host()
    text = host.read("/etc/rancher/k3s/k3s.yaml", "")
    if not text:
        print("kubectl (%s): there is no /etc/rancher/k3s/k3s.yaml; only servers have it" % k3s.BANNER,
              file=sys.stderr)
        return 1

    def value(key):
        return re.search(r"%s: \"(.*)\"" % key, text)[1]
    with tempfile.NamedTemporaryFile() as pair:
        pair.write(base64.b64decode(value("client-certificate-data")))
        pair.write(base64.b64decode(value("client-key-data")))
        pair.flush()
        tls = client.context(base64.b64decode(value("certificate-authority-data")).decode(), (pair.name,))
    url, space, rest, form = value("server"), "default", [], ""
    words = iter(words)
    for word in words:
        if word in ("-n", "--namespace"):
            space = next(words)
        elif word in ("-o", "--output"):
            form = next(words)
        elif word.startswith("-o"):
            form = word[2:].lstrip("=")
        else:
            rest.append(word)
    try:
        verb, kind, names = rest[0], rest[1].lower(), rest[2:]
        kind, _, own = kind.partition("/")
        folder = FOLDERS[kind.rstrip("s")]
    except (IndexError, KeyError):
        print("kubectl (%s): get|delete node|namespace|secret|configmap [name] [-n ns] [-o json]" % k3s.BANNER,
              file=sys.stderr)
        return 1
    folder = folder % space if "%s" in folder else folder
    path = "/".join([folder] + ([own] if own else names[:1]))
    try:
        found = json.loads(client.ask(url, path, "DELETE" if verb == "delete" else "GET", tls=tls))
    except client.Refused as error:
        print("Error from server: %s" % error, file=sys.stderr)
        return 1
    except OSError as error:
        print("Unable to connect to the server: %s" % error, file=sys.stderr)
        return 1
    if verb == "delete":
        print('%s "%s" deleted' % (kind.rstrip("s"), path.rsplit("/", 1)[1]))
    elif form == "json":
        print(json.dumps(found, indent=2))
    else:
        for item in found.get("items", [found]):
            state = [c["status"] for c in item.get("status", {}).get("conditions", []) if c["type"] == "Ready"]
            words = {"True": "Ready", "False": "NotReady", "Unknown": "NotReady"}
            print(item["metadata"]["name"], *[words[one] for one in state],
                  item.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", ""))
    return 0
