#!/usr/bin/env python3
"""STAND-IN for k3s. This is not k3s: no container ever runs here.

It takes k3s's place in rehearsals and tests: it reads k3s's files where k3s reads them, joins as k3s
joins, serves what nodes ask of a server, keeps objects of the API through restarts, and refuses what
k3s refuses, in k3s's words. What it prints says that it is a stand-in.

    k3s server | agent        what the units start; tells systemd READY as k3s does
    k3s kubectl get|delete|apply …     the little of kubectl that a person needs here
    k3s --version

K3S_STAND_IN_ROOT   a folder in place of /, for several of them on one machine. Then they listen on
                    their node-ip only, and nothing of the machine is looked at.
"""
import json
import os
import re
import socket
import sys
import time

BANNER = "STAND-IN, not k3s"
# Seconds between two tries, as k3s has them; tests of the stand-in itself have no time.
PAUSE = float(os.environ.get("K3S_STAND_IN_PAUSE", "5"))


def version():
    """The version that the launcher was made for."""
    return os.environ.get("K3S_STAND_IN_VERSION", "v1.33.5+k3s1") + " (STAND-IN)"


def log(level, message):
    """A line as k3s writes it (logrus), and who really does."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print('time="%s" level=%s msg=%s standIn=true' % (stamp, level, json.dumps(message)),
          file=sys.stderr, flush=True)


class Fatal(Exception):
    """What k3s ends with."""


def notify(text):
    """(sd_notify(3))"""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(text.encode(), address)


class Host:
    """Where the files are."""

    def __init__(self):
        self.root = os.environ.get("K3S_STAND_IN_ROOT", "").rstrip("/")
        self.is_real = not self.root

    def path(self, name):
        return self.root + name

    def read(self, name, default=None):
        try:
            with open(self.path(name)) as file:
                return file.read()
        except FileNotFoundError:
            if default is None:
                raise
            return default

    def exists(self, name):
        return os.path.exists(self.path(name))

    def write(self, name, text, mode=0o600):
        """Beside its place, flushed, renamed."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        partial = path + ".partial"
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, path)
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def machine_id(self):
        return self.read("/etc/machine-id").strip()

    def boot_id(self):
        if self.is_real:
            return self.read("/proc/sys/kernel/random/boot_id").strip()
        # One of its own, so that a test can restart a node.
        return self.read("/run/boot_id").strip()


# Configuration: /etc/rancher/k3s/config.yaml, then config.yaml.d/*.yaml; the last one wins, and a key
# with a plus adds. (docs.k3s.io, "Configuration File")

LISTS = {"tls-san", "node-label", "node-taint", "disable", "kubelet-arg", "kube-proxy-arg",
         "kube-apiserver-arg", "kube-controller-manager-arg", "kube-scheduler-arg", "etcd-arg"}


def scalar(text, where):
    text = text.strip()
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise Fatal("yaml: %s: %s" % (where, error)) from error
        return value
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    text = re.sub(r"\s+#.*$", "", text)
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("[") and text.endswith("]"):
        return [scalar(part, where) for part in text[1:-1].split(",") if part.strip()]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.search(r"[{}&*!|>%@`]", text[:1]) or ": " in text:
        raise Fatal("yaml: %s: the stand-in reads no such value: %s" % (where, text))
    return text


def parse(text, name):
    """The flat YAML that k3s's configuration is: keys with a value or a list of values."""
    result, key = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        where = "%s: line %d" % (name, number)
        if not line.strip() or line.lstrip().startswith("#") or line.strip() == "---":
            continue
        item = re.fullmatch(r"\s*- (.*)", line)
        if item:
            if key is None or not isinstance(result.get(key), list):
                raise Fatal("yaml: %s: a list without a key" % where)
            result[key].append(scalar(item[1], where))
            continue
        pair = re.fullmatch(r"([A-Za-z0-9-]+\+?):(?: (.*))?", line)
        if not pair:
            raise Fatal("yaml: %s: could not find expected ':'" % where)
        key = pair[1]
        result[key] = scalar(pair[2], where) if pair[2] and pair[2].strip() else []
    return result


def configuration(host, flags=()):
    files = ["/etc/rancher/k3s/config.yaml"]
    folder = "/etc/rancher/k3s/config.yaml.d"
    if os.path.isdir(host.path(folder)):
        files += [folder + "/" + name for name in sorted(os.listdir(host.path(folder)))
                  if name.endswith((".yaml", ".yml"))]
    own = {}
    for file in files:
        if not host.exists(file):
            continue
        for key, value in parse(host.read(file), file).items():
            if key in LISTS or key.rstrip("+") in LISTS:
                value = value if isinstance(value, list) else [value]
            if key.endswith("+"):
                own[key[:-1]] = own.get(key[:-1], []) + value
            else:
                own[key] = value
    for flag in flags:
        name, equals, value = flag.removeprefix("--").partition("=")
        own[name] = scalar(value, flag) if equals else True
    return own


def token(host, own):
    """The token as given, or as kept from before; an empty one is none. (pkg/clientaccess)"""
    text = own.get("token") or ""
    if not text and own.get("token-file"):
        try:
            text = host.read(own["token-file"]).strip()
        except FileNotFoundError as error:
            raise Fatal("open %s: no such file or directory" % own["token-file"]) from error
    return text


def check_labels(own):
    """What the kubelet says of labels that it may not give itself."""
    allowed = ("kubelet.kubernetes.io", "node.kubernetes.io")
    names = {"kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os",
             "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
             "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
             "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"}
    wrong = []
    for label in own.get("node-label", []):
        key = label.partition("=")[0]
        domain = key.partition("/")[0] if "/" in key else ""
        if not (domain.endswith(("kubernetes.io", "k8s.io"))) or key in names:
            continue
        if not any(domain == one or domain.endswith("." + one) for one in allowed):
            wrong.append(key)
    if wrong:
        raise Fatal("failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified "
                    "with --node-labels: %s" % wrong)


def check_machine(host):
    """What k3s wants of the kernel. (pkg/cgroups)"""
    if not host.is_real:
        return
    controllers = host.read("/sys/fs/cgroup/cgroup.controllers", "").split()
    if "memory" not in controllers:
        raise Fatal("failed to find memory cgroup (v2)")
    if "cpuset" not in controllers:
        raise Fatal("failed to find cpuset cgroup (v2)")


def labels(own):
    return dict(pair.partition("=")[::2] for pair in own.get("node-label", []))


def taints(own):
    result = []
    for text in own.get("node-taint", []):
        pair, _, effect = text.rpartition(":")
        key, _, value = pair.partition("=")
        result.append({"key": key, "value": value, "effect": effect})
    return result


def node_password(host):
    name = "/etc/rancher/node/password"
    if not host.exists(name):
        host.write(name, os.urandom(16).hex() + "\n")
    return host.read(name).strip()


def main(words):
    name = os.path.basename(words[0]) if words else "k3s"
    rest = words[1:]
    if name in ("kubectl", "crictl", "ctr"):
        rest = [name] + rest
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(BANNER + "\n" + __doc__)
        return 0
    command, flags = rest[0], rest[1:]
    if command in ("--version", "-v"):
        print("k3s version %s\n%s" % (version(), BANNER))
        return 0
    try:
        if command in ("server", "agent"):
            log("info", "Starting k3s %s %s" % (command, version()))
            import node
            import server
            return (server.run if command == "server" else node.run)(flags)
        if command == "kubectl":
            import kubectl
            return kubectl.run(flags)
    except Fatal as error:
        log("fatal", str(error))
        return 1
    print("k3s: '%s' is not part of the stand-in (%s)" % (command, BANNER), file=sys.stderr)
    return 1
