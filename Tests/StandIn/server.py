"""`k3s server` of the STAND-IN: the first start, a join, every later start."""
import base64
import json
import os
import secrets
import signal
import threading
import time

import authority
import client
import k3s
import node
import replica
import supervisor
from k3s import Fatal, log

DATA = "/var/lib/rancher/k3s/server"
# What has to be the same on all servers. (docs.k3s.io, "High Availability Embedded etcd")
CRITICAL = {
    "ClusterDNS": "cluster-dns", "ClusterDomain": "cluster-domain", "ClusterIPRange": "cluster-cidr",
    "DisableCCM": "disable-cloud-controller", "DisableHelmController": "disable-helm-controller",
    "DisableNPC": "disable-network-policy", "DisableServiceLB": "disable: servicelb",
    "EgressSelectorMode": "egress-selector-mode", "EmbeddedRegistry": "embedded-registry",
    "EncryptSecrets": "secrets-encryption", "FlannelBackend": "flannel-backend",
    "FlannelExternalIP": "flannel-external-ip", "FlannelIPv6Masq": "flannel-ipv6-masq",
    "ServiceIPRange": "service-cidr",
}


class Handler(supervisor.Handler):
    """The supervisor's, with members, every server's address, and the words of a lost majority."""

    def route(self):
        try:
            super().route()
        except replica.Unavailable as error:
            self.refuse(503, str(error), "ServiceUnavailable")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = route

    def replicate(self, body):
        if not self.allow("k3s:server"):
            return
        if self.command == "PUT":
            return self.answer_json(200, self.own.datastore.take(json.loads(body)))
        self.answer_json(200, self.own.datastore.snapshot())

    def supervise(self, name, body):
        if name == "apiservers":
            if self.allow(*self.NODES):
                self.answer_json(200, self.own.endpoints())
            return None
        if name.startswith("stand-in-members/"):
            return self.members(name.rpartition("/")[2], body)
        return super().supervise(name, body)

    def members(self, what, body):
        """Not of k3s: what etcd's own port would be asked."""
        if not self.allow("k3s:server"):
            return None
        if not self.own.ready:
            return self.refuse(503, "runtime core not ready", "ServiceUnavailable")
        words = json.loads(body)
        try:
            if what == "add":
                self.own.datastore.add_member(words["name"], words["address"], learner=True)
            else:
                self.own.datastore.promote(words["name"])
        except ValueError as error:
            return self.refuse(409, str(error), "Conflict")
        self.own.log(event="member", change=what, member=words["name"])
        return self.answer_json(200, self.own.datastore.snapshot())

    def kubernetes(self, path, query, body):
        # A node that has not been heard of is not Ready. (node-monitor-grace-period)
        self.own.judge_nodes()
        return super().kubernetes(path, query, body)


class Server(supervisor.Supervisor):
    handler = Handler

    def __init__(self, listen, **named):
        super().__init__(**named)
        self.listen = listen

    def endpoints(self):
        members = self.datastore.snapshot()["members"]
        return ["%s:%d" % (m["peerURLs"][0].rsplit("/", 1)[1].rsplit(":", 1)[0], self.port)
                for m in members if not m.get("isLearner")]

    def judge_nodes(self):
        for item in self.datastore.list("/api/v1/nodes"):
            for condition in item.get("status", {}).get("conditions", []):
                heard = supervisor.parse_timestamp(condition["lastHeartbeatTime"])
                if condition["type"] != "Ready" or supervisor.now() - heard < node.GRACE:
                    continue
                if condition["status"] != "Unknown":
                    condition.update(status="Unknown", reason="NodeStatusUnknown",
                                     message="Kubelet stopped posting node status.")
                    self.datastore.put("/api/v1/nodes/" + item["metadata"]["name"], item)


class Start:
    """One start of a server."""

    def __init__(self, flags):
        self.host = k3s.Host()
        self.own = k3s.configuration(self.host, flags)
        k3s.check_labels(self.own)
        k3s.check_machine(self.host)
        self.name = self.own.get("node-name") or os.uname().nodename.lower()
        self.address = self.own.get("node-ip")
        if not self.address:
            raise Fatal("unable to select an IP from default routes: the stand-in wants node-ip")
        self.port = int(self.own.get("https-listen-port", 6443))
        self.tls = self.host.path(DATA + "/tls")
        self.etcd = DATA + "/db/etcd"
        self.state = self.host.path(self.etcd + "/member/stand-in.json")
        self.password = k3s.node_password(self.host)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        text = k3s.token(self.host, self.own)
        is_member = self.host.exists(self.etcd + "/member/wal")
        if is_member:
            # Then cluster-init and server mean nothing any more.
            text = text or self.host.read(DATA + "/token").strip()
            token = client.Token(text)
            bundle = self.bundle()
            self.check_pin(token, bundle)
            self.check_same_token(token)
            store, member = self.rejoin(token, bundle)
        elif self.own.get("server"):
            token = client.Token(text)
            bundle = self.fetch_authorities(token)
            store, member = self.join(token, bundle)
        else:
            self.make_authorities()
            bundle = self.bundle()
            if not text:
                text = secrets.token_hex(16)
            token = client.Token(text)
            self.check_pin(token, bundle)
            store, member = self.initialise(token, bundle)
        self.serve(token, bundle, store, member)

    def bundle(self):
        return self.host.read(DATA + "/tls/server-ca.crt")

    def check_pin(self, token, bundle):
        actual = client.pin_of(bundle.encode())
        if token.pin and token.pin != actual:
            raise Fatal("token CA hash does not match the Cluster CA certificate hash: %s != %s" % (
                token.pin, actual))

    def check_same_token(self, token):
        """The bootstrap data is encrypted with the first token."""
        kept = self.host.read(self.etcd + "/stand-in-token", "")
        if kept and kept != self.digest(token):
            raise Fatal("bootstrap data already found and encrypted with different token")

    @staticmethod
    def digest(token):
        import hashlib
        return hashlib.scrypt(token.password.encode(), salt=b"stand-in", n=2**11, r=8, p=1).hex()

    def make_authorities(self):
        for path, common in authority.AUTHORITIES.items():
            prefix = os.path.join(self.tls, path)
            if not os.path.exists(prefix + ".crt"):
                authority.make_authority(prefix, "%s@%d" % (common, time.time()))
        if not os.path.exists(os.path.join(self.tls, "service.key")):
            self.host.write(DATA + "/tls/service.key", authority.openssl("genrsa", "2048").decode())

    def initialise(self, token, bundle):
        member = "%s-%s" % (self.name, secrets.token_hex(4))
        log("info", "Managed etcd cluster initializing")
        store = replica.Replica(self.state, member, self.port, token, bundle)
        store.add_member(member, self.address)
        self.keep_member(token, member)
        return store, member

    def keep_member(self, token, member):
        self.host.write(self.etcd + "/name", member)
        self.host.write(self.etcd + "/stand-in-token", self.digest(token))
        self.host.write(self.etcd + "/member/wal/0000000000000000-0000000000000000.wal", "stand-in\n")

    def rejoin(self, token, bundle):
        """A member that starts again."""
        member = self.host.read(self.etcd + "/name").strip()
        store = replica.Replica(self.state, member, self.port, token, bundle)
        return store, member

    def fetch_authorities(self, token):
        server = self.own["server"]
        while True:
            try:
                bundle = client.trusted(server, token)
                files = json.loads(client.ask(
                    server, "/v1-k3s/server-bootstrap",
                    headers={"Authorization": token.authorization("server")}, tls=client.context(bundle)))
                break
            except client.Refused as error:
                if error.code in (401, 403):
                    raise Fatal("failed to get CA certs: %s/v1-k3s/server-bootstrap: %d %s" % (
                        server, error.code, error)) from error
                log("warning", "waiting for server %s: %s" % (server, error))
            except OSError as error:
                log("warning", "Failed to connect to %s: %s" % (server, error))
            time.sleep(k3s.PAUSE)
        for name, text in files.items():
            path = DATA + "/tls/" + name
            if self.host.exists(path) and self.host.read(path) != text:
                raise Fatal("%s newer than datastore and could cause a cluster outage. Remove the file(s) "
                            "from disk and restart to be recreated from datastore." % path)
            if ".." not in name:
                self.host.write(path, text)
        return bundle

    def join(self, token, bundle):
        server, tls = self.own["server"], client.context(bundle)
        words = {"Authorization": token.authorization("server")}
        theirs = json.loads(client.ask(
            server, "/v1-k3s/config", headers={"Authorization": token.authorization("node")}, tls=tls))
        ours = supervisor.Supervisor.control(self.probe())
        wrong = [flag for key, flag in CRITICAL.items() if theirs.get(key) != ours.get(key)]
        if wrong:
            for key, flag in CRITICAL.items():
                if flag in wrong:
                    log("error", "critical configuration value mismatch for %s: %s (ours) != %s (theirs)" % (
                        flag, json.dumps(ours.get(key)), json.dumps(theirs.get(key))))
            raise Fatal("failed to validate server configuration: critical configuration value mismatch "
                        "between servers: %s" % ", ".join(wrong))
        # A join that the power ended halfway has left a name.
        member = self.host.read(self.etcd + "/name", "").strip() or "%s-%s" % (
            self.name, secrets.token_hex(4))
        self.host.write(self.etcd + "/name", member)
        log("info", "Adding member %s=https://%s:2380 to etcd cluster" % (member, self.address))
        while True:
            try:
                state = json.loads(client.ask(
                    server, "/v1-k3s/stand-in-members/add", "POST",
                    json.dumps({"name": member, "address": self.address}), words, tls, timeout=30))
                break
            except client.Refused as error:
                known = self.as_member(server, words, tls, member)
                if known:
                    state = known
                    break
                if "duplicate" in str(error):
                    raise Fatal("etcd cluster join failed: %s" % error) from error
                log("warning", "waiting to join etcd: %s" % error)
            except OSError as error:
                log("warning", "waiting to join etcd: %s" % error)
            time.sleep(3)
        os.makedirs(os.path.dirname(self.state), mode=0o700, exist_ok=True)
        self.host.write(self.etcd + "/member/stand-in.json", json.dumps(state))
        store = replica.Replica(self.state, member, self.port, token, bundle)
        self.keep_member(token, member)
        return store, member

    @staticmethod
    def as_member(server, words, tls, member):
        """The state in which we are a member already: our question was heard, its answer was not."""
        try:
            state = json.loads(client.ask(server, "/stand-in/datastore", headers=words, tls=tls))
        except (OSError, client.Refused):
            return None
        return state if any(m["name"] == member for m in state["members"]) else None

    def probe(self):
        return supervisor.Supervisor(self.tls, "none", self.address, self.port, config=self.own)

    def serve(self, token, bundle, store, member):
        host = self.host
        names = [name for name in self.own.get("tls-san", []) if not is_address(name)]
        addresses = ["127.0.0.1", self.address] + [n for n in self.own.get("tls-san", []) if is_address(n)]
        certificate = authority.issue(
            os.path.join(self.tls, "server-ca"), os.path.join(self.tls, "serving-kube-apiserver"), "k3s",
            names=["localhost", "kubernetes", self.name] + names, addresses=addresses, usage="serverAuth")
        server = Server(
            listen="0.0.0.0" if host.is_real else self.address, tls=self.tls, token=token.password,
            address=self.address, port=self.port, datastore=store, config=self.own,
            log=host.path("/var/log/k3s-stand-in.log"), certificate=certificate, ready=False,
            faults_file=host.path("/etc/rancher/k3s/stand-in-faults.json"))
        os.makedirs(host.path("/var/log"), exist_ok=True)
        server.start()
        server.log(event="start", node=self.name, member=member, boot=host.boot_id())
        self.wait_for_majority(store, member)
        pin = client.pin_of(bundle.encode())
        full = "K10%s::server:%s\n" % (pin, token.password)
        for name in ("token", "node-token"):
            host.write(DATA + "/" + name, full)
        self.write_kubeconfigs(bundle)
        server.ready = True
        log("info", "Kube API server is now running")
        if any(m["name"] == member and m.get("isLearner") for m in store.snapshot()["members"]):
            store.promote(member)
            log("info", "etcd member %s promoted" % member)
        server.log(event="voter", node=self.name, member=member)
        local = node.Local(store)
        kubelet = node.Kubelet(host, self.own, self.name, self.address, local, member=member)
        kubelet.register()
        k3s.notify("READY=1")
        log("info", "k3s is up and running")
        threading.Thread(target=kubelet.beat, daemon=True).start()
        while True:
            time.sleep(node.BEAT)
            try:
                server.judge_nodes()
            except replica.Unavailable as error:
                log("error", str(error))

    def wait_for_majority(self, store, member):
        while True:
            try:
                store.catch_up()
                break
            except replica.Unavailable as error:
                log("warning", "waiting for etcd: %s" % error)
                time.sleep(3)
        found = [m for m in store.snapshot()["members"] if m["name"] == member]
        mine = "https://%s:2380" % self.address
        if not found or found[0]["peerURLs"] != [mine]:
            members = ", ".join(m["name"] + "=" + m["peerURLs"][0] for m in store.snapshot()["members"])
            raise Fatal("this server is a not a member of the etcd cluster. Found [%s], expect: %s=%s" % (
                members, member, mine))

    def write_kubeconfigs(self, bundle):
        """Where k3s writes them; the admin's has its key inside, the kubelet's has paths."""
        home = "127.0.0.1" if self.host.is_real else self.address
        url = "https://%s:%d" % (home, self.port)
        prefix = os.path.join(self.tls, "client-admin")
        authority.issue(os.path.join(self.tls, "client-ca"), prefix, "system:admin",
                        organization="system:masters")
        with open(prefix + ".crt", "rb") as crt, open(prefix + ".key", "rb") as key:
            user = {"client-certificate-data": base64.b64encode(crt.read()).decode(),
                    "client-key-data": base64.b64encode(key.read()).decode()}
        mode = int(str(self.own.get("write-kubeconfig-mode", "0600")), 8)
        self.host.write("/etc/rancher/k3s/k3s.yaml", node.kubeconfig(
            url, {"certificate-authority-data": base64.b64encode(bundle.encode()).decode()}, user), mode)
        folder = self.host.path(node.DATA)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        authority.issue(os.path.join(self.tls, "client-ca"), folder + "/client-kubelet",
                        "system:node:" + self.name, organization="system:nodes")
        self.host.write(node.DATA + "/server-ca.crt", bundle)
        self.host.write(node.DATA + "/kubelet.kubeconfig", node.kubeconfig(
            url, {"certificate-authority": folder + "/server-ca.crt"},
            {"client-certificate": folder + "/client-kubelet.crt",
             "client-key": folder + "/client-kubelet.key"}))


def is_address(text):
    return all(part.isdigit() for part in text.split(".")) and text.count(".") == 3


def run(flags):
    return Start(flags).run()
