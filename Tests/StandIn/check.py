#!/usr/bin/env python3
"""Checks of the STAND-IN for k3s: a small cluster of it on loopback addresses of this machine."""
import base64
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import apply  # noqa: E402
import authority  # noqa: E402
import client  # noqa: E402
import supervisor  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Folders as sugarimage's images have them, and the programs that were started."""

    def __init__(self, folder):
        self.folder, self.port = pathlib.Path(folder), free_port()
        self.running = {}
        authority.make_authorities(str(self.folder / "ca"))
        self.pin = authority.pin(str(self.folder / "ca/server-ca.crt"))
        self.token = "K10%s::server:%s" % (self.pin, "p" * 32)
        self.secret = "abcdef.0123456789abcdef"

    def node(self, name, last, role, token=None, **settings):
        root = self.folder / name
        files = {
            "etc/machine-id": name.encode().hex().ljust(32, "0") + "\n",
            "etc/rancher/node/password": name.encode().hex().ljust(32, "f") + "\n",
            "etc/rancher/k3s/token": (token or (
                "K10%s::%s" % (self.pin, self.secret) if role == "agent" else self.token)) + "\n",
        }
        own = {"token-file": "/etc/rancher/k3s/token", "node-name": name, "node-ip": "127.0.0.%d" % last,
               "node-label": ["tier=test"], "node-taint": ["spare=true:NoSchedule"]}
        if role == "init":
            own["cluster-init"] = True
            for path in (self.folder / "ca").rglob("*.*"):
                files["var/lib/rancher/k3s/server/tls/" + str(path.relative_to(self.folder / "ca"))] = \
                    path.read_text()
        else:
            own["server"] = "https://127.0.0.21:%d" % self.port
        if role != "agent":
            own.update({"https-listen-port": self.port, "cluster-cidr": "10.42.0.0/16",
                        "service-cidr": "10.43.0.0/16", "cluster-dns": "10.43.0.10",
                        "flannel-backend": "vxlan", "tls-san": ["api.test", "127.0.0.20"]})
        own.update(settings)
        text = "# made by the test\n"
        for key, value in own.items():
            text += key + ":" + ("".join("\n  - " + json.dumps(one) for one in value)
                                 if isinstance(value, list) else " " + json.dumps(value)) + "\n"
        files["etc/rancher/k3s/config.yaml"] = text
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content)
        return root

    def start(self, name, role):
        root = self.folder / name
        (root / "run").mkdir(exist_ok=True)
        (root / "run/boot_id").write_text(os.urandom(16).hex() + "\n")
        with open(root / "log", "a") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, str(HERE), "k3s", "agent" if role == "agent" else "server"],
                env={**os.environ, "K3S_STAND_IN_ROOT": str(root), "K3S_STAND_IN_PAUSE": "0.5"},
                stderr=log, stdout=log)

    def cut(self, name):
        self.running[name].kill()
        self.running[name].wait()

    def end(self):
        for one in self.running.values():
            if one.poll() is None:
                one.kill()
            one.wait()

    def log(self, name):
        return (self.folder / name / "log").read_text()

    def kubectl(self, name, *words):
        return subprocess.run(
            [sys.executable, str(HERE), "kubectl", *words], capture_output=True, text=True, check=False,
            env={**os.environ, "K3S_STAND_IN_ROOT": str(self.folder / name)})

    def admin(self, name):
        """(url, tls) as the node's k3s.yaml says."""
        import re
        text = (self.folder / name / "etc/rancher/k3s/k3s.yaml").read_text()
        value = {key: re.search(key + ': "(.*)"', text)[1] for key in (
            "server", "certificate-authority-data", "client-certificate-data", "client-key-data")}
        pair = self.folder / name / "admin.pem"
        pair.write_bytes(base64.b64decode(value["client-certificate-data"])
                         + base64.b64decode(value["client-key-data"]))
        bundle = base64.b64decode(value["certificate-authority-data"]).decode()
        return value["server"], client.context(bundle, (str(pair),))

    def apply(self, name, path, value):
        url, tls = self.admin(name)
        return client.ask(url, path + "?fieldManager=test", "PATCH", json.dumps(value),
                          {"Content-Type": "application/apply-patch+yaml"}, tls)

    def members(self, name):
        words = {"Authorization": client.Token(self.token).authorization("server")}
        tls = client.context((self.folder / "ca/server-ca.crt").read_text())
        return json.loads(client.ask(self.admin(name)[0], "/db/info", headers=words, tls=tls))["members"]

    def bootstrap(self, hours=24):
        identity, _, secret = self.secret.partition(".")
        return "/api/v1/namespaces/kube-system/secrets/bootstrap-token-" + identity, {
            "apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token",
            "metadata": {"name": "bootstrap-token-" + identity, "namespace": "kube-system"},
            "stringData": {
                "token-id": identity, "token-secret": secret, "usage-bootstrap-authentication": "true",
                "expiration": supervisor.timestamp(supervisor.now() + hours * 3600),
                "auth-extra-groups": "system:bootstrappers:k3s:default-node-token"}}


def until(what, seconds=40):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if what():
                return
        except (OSError, client.Refused, KeyError, TypeError, FileNotFoundError):
            pass
        time.sleep(0.2)
    raise AssertionError("it did not come to that in %d s" % seconds)


class ClusterTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.cluster = Cluster(self.folder.name)

    def tearDown(self):
        self.cluster.end()
        failed = [text for _, text in self._outcome.result.failures + self._outcome.result.errors]
        if len(failed) > getattr(ClusterTest, "failed", 0):
            for name in self.cluster.running:
                print("--- %s\n%s" % (name, self.cluster.log(name)[-3000:]), file=sys.stderr)
        self.folder.cleanup()

    def ready(self, name, asked="one"):
        def look():
            url, tls = self.cluster.admin(asked)
            node = json.loads(client.ask(url, "/api/v1/nodes/" + name, tls=tls))
            info = node["status"]["nodeInfo"]
            boot = (self.cluster.folder / name / "run/boot_id").read_text().strip()
            return node["status"]["conditions"][0]["status"] == "True" and info["bootID"] == boot
        until(look)

    def logged(self, name, words):
        until(lambda: words in self.cluster.log(name))

    def test_three_nodes_and_a_power_cut(self):
        c = self.cluster
        for name, last, role in (("three", 23, "agent"), ("two", 22, "join"), ("one", 21, "init")):
            c.node(name, last, role)
            c.start(name, role)
        self.ready("one")
        self.ready("two")
        self.assertEqual([m.get("isLearner", False) for m in c.members("one")], [False, False])
        # The agent waits for ever while nobody has told the cluster of its token.
        self.logged("three", "401")
        self.assertIsNone(c.running["three"].poll())

        c.apply("one", *c.bootstrap())
        self.ready("three")
        # Any server answers the same.
        self.ready("three", asked="two")
        url, tls = c.admin("two")
        node = json.loads(client.ask(url, "/api/v1/nodes/three", tls=tls))
        self.assertEqual(node["metadata"]["labels"]["tier"], "test")
        self.assertEqual(node["spec"]["taints"], [{"key": "spare", "value": "true", "effect": "NoSchedule"}])
        # The agent's own way to its Node, by the balancer.
        folder = c.folder / "three/var/lib/rancher/k3s/agent"
        own = client.context((folder / "server-ca.crt").read_text(),
                             (str(folder / "client-kubelet.crt"), str(folder / "client-kubelet.key")))
        json.loads(client.ask("https://127.0.0.23:6444", "/api/v1/nodes/three", tls=own))
        with self.assertRaises(client.Refused) as refused:
            client.ask("https://127.0.0.23:6444", "/api/v1/namespaces/kube-system/secrets", tls=own)
        self.assertEqual(refused.exception.code, 403)
        # Without a majority nothing is changed, and with it again everything is there.
        c.cut("two")
        with self.assertRaises(client.Refused) as refused:
            c.apply("one", *c.bootstrap())
        self.assertEqual(refused.exception.code, 503)
        c.start("two", "join")
        self.ready("two")
        c.cut("one")
        c.cut("three")
        c.start("one", "init")
        c.start("three", "agent")
        for name in ("one", "two", "three"):
            self.ready(name)
        # A server that was made anew is not let in as long as its name is a member's.
        c.cut("two")
        subprocess.run(["rm", "-rf", str(c.folder / "two/var")], check=True)
        c.start("two", "join")
        self.logged("two", "duplicate node name found")
        self.assertIn("STAND-IN", c.log("two"))

    def test_refusals(self):
        c = self.cluster
        c.node("one", 21, "init")
        c.start("one", "init")
        self.ready("one")
        cases = [
            ("pin", "join", {"token": "K10%s::server:%s" % ("0" * 64, "p" * 32)}, "token CA hash does not match"),
            ("password", "join", {"token": "K10%s::server:wrong" % c.pin}, "401"),
            ("format", "join", {"token": "K10::x"}, "invalid token format"),
            ("config", "join", {"cluster-cidr": "10.99.0.0/16"}, "critical configuration value mismatch"),
            ("label", "join", {"node-label": ["node-role.kubernetes.io/x=y"]}, "unknown 'kubernetes.io'"),
            ("plain", "agent", {"server": "http://127.0.0.21:1"}, "only https:// URLs are supported"),
            ("agentpin", "agent", {"token": "K10%s::%s" % ("0" * 64, c.secret)}, "token CA hash does not match"),
        ]
        for number, (name, role, settings, words) in enumerate(cases):
            c.node(name, 40 + number, role, **settings)
            c.start(name, role)
        for name, role, _, words in cases:
            with self.subTest(name):
                self.logged(name, words)
                # Servers end, agents go on for ever.
                if role == "join":
                    self.assertEqual(c.running[name].wait(10), 1)
                else:
                    self.assertIsNone(c.running[name].poll())
        self.assertEqual(len(c.members("one")), 1)
        # A token that has ended, and a password that is another one's.
        c.apply("one", *c.bootstrap(hours=-1))
        c.node("late", 60, "agent")
        c.start("late", "agent")
        self.logged("late", "401")
        c.apply("one", *c.bootstrap())
        self.ready("late")
        c.cut("late")
        (c.folder / "late/etc/rancher/node/password").write_text("0" * 32 + "\n")
        c.start("late", "agent")
        self.logged("late", "Node password rejected")
        # Deleting the Node gives its name free.
        self.assertIn("deleted", c.kubectl("one", "delete", "node", "late").stdout)
        self.ready("late")
        # Another token than the first one.
        c.cut("one")
        (c.folder / "one/etc/rancher/k3s/token").write_text("K10%s::server:%s\n" % (c.pin, "q" * 32))
        c.start("one", "init")
        self.logged("one", "bootstrap data already found and encrypted with different token")

    def test_joins_one_at_a_time(self):
        c = self.cluster
        c.node("one", 21, "init")
        c.start("one", "init")
        self.ready("one")
        for name, last in (("two", 22), ("three", 23)):
            c.node(name, last, "join")
            c.start(name, "join")
        for name in ("one", "two", "three"):
            self.ready(name)
        lines = [json.loads(line) for line in
                 (c.folder / "one/var/log/k3s-stand-in.log").read_text().splitlines()]
        changes = [line["change"] for line in lines if line["event"] == "member"]
        self.assertEqual(changes.count("add"), 2)

    def test_objects_of_a_hand_over(self):
        """As far as they go before anything runs: order, kinds, and who may."""
        c = self.cluster
        c.node("one", 21, "init")
        c.start("one", "init")
        self.ready("one")

        def refused(code, words, path, value):
            with self.assertRaises(client.Refused) as caught:
                c.apply("one", path, value)
            self.assertEqual(caught.exception.code, code)
            self.assertIn(words, str(caught.exception))
        space = "/api/v1/namespaces/flux-system"
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "flux-system"}}
        refused(404, 'namespaces "flux-system" not found', space + "/secrets/x", secret)
        c.apply("one", space, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "flux-system"}})
        c.apply("one", space + "/secrets/x", secret)
        folder = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system"
        source = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
                  "metadata": {"name": "flux-system", "namespace": "flux-system"}, "spec": {"url": "ssh://git@h/x"}}
        refused(404, "could not find the requested resource", folder, source)
        name = "gitrepositories.source.toolkit.fluxcd.io"
        c.apply("one", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name, {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": name}, "spec": {"group": "source.toolkit.fluxcd.io"}})
        until(lambda: c.apply("one", folder, source))

    def test_who_holds_a_field(self):
        def deployment(**spec):
            return {"apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": {"name": "d", "namespace": "n"}, "spec": spec}
        one = apply.apply(None, deployment(replicas=1, paused=False), "one")
        self.assertEqual(one["metadata"]["generation"], 1)
        self.assertIs(apply.apply(one, deployment(replicas=1, paused=False), "one"), one)
        # The same by another: both hold it. Something else: a conflict, unless it is forced.
        two = apply.apply(one, deployment(replicas=1), "two")
        with self.assertRaises(apply.Conflict) as caught:
            apply.apply(two, deployment(replicas=3), "three")
        self.assertEqual(str(caught.exception), "Apply failed with 2 conflicts: conflicts with \"one\":\n"
                         "- .spec.replicas\nconflicts with \"two\":\n- .spec.replicas")
        three = apply.apply(two, deployment(replicas=3), "three", force=True)
        self.assertEqual((three["spec"]["replicas"], three["metadata"]["generation"]), (3, 2))
        with self.assertRaises(apply.Conflict) as caught:
            apply.apply(three, deployment(replicas=1, paused=False), "one")
        self.assertIn('1 conflict: conflict with "three": .spec.replicas', str(caught.exception))
        # What its only holder no longer says is gone.
        self.assertNotIn("paused", apply.apply(three, deployment(replicas=3), "one")["spec"])
        # Whoever edits holds what they changed.
        edited = apply.update(three, {**three, "spec": {**three["spec"], "replicas": 5}}, "kubectl-edit")
        with self.assertRaises(apply.Conflict) as caught:
            apply.apply(edited, deployment(replicas=3), "three")
        self.assertIn('"kubectl-edit" using apps/v1', str(caught.exception))

    def test_it_says_what_it_is(self):
        told = subprocess.run([sys.executable, str(HERE), "k3s", "--version"], capture_output=True, text=True,
                              check=True).stdout
        self.assertIn("STAND-IN", told)
        self.assertRegex(told, r"^k3s version v[0-9.]+\+k3s[0-9]+ ")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main(verbosity=2)
