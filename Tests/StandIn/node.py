"""`k3s agent` of the STAND-IN, and the kubelet that every node of it has."""
import json
import os
import random
import signal
import socket
import threading
import time

import authority
import client
import k3s
import supervisor
from k3s import log

DATA = "/var/lib/rancher/k3s/agent"
# Seconds between two signs of life, and after which a node counts as lost.
BEAT = 15
GRACE = 50


def kubeconfig(url, cluster, user):
    """As k3s writes them: JSON's strings are YAML's too."""
    def lines(values):
        return "".join("    %s: %s\n" % (key, json.dumps(value)) for key, value in values.items())
    return ("apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n%s  name: local\ncontexts:\n- context:\n"
            "    cluster: local\n    user: user\n  name: Default\ncurrent-context: Default\n"
            "users:\n- name: user\n  user:\n%s") % (lines({"server": url, **cluster}), lines(user))


class Local:
    """The API for a server's own kubelet: the datastore itself."""

    def __init__(self, store):
        self.store = store

    def get(self, path):
        return self.store.get(path)

    def put(self, path, value):
        return self.store.put(path, value)


class Remote:
    """The API as an agent's kubelet reaches it: by the load balancer, with the node's certificate."""

    def __init__(self, url, bundle, certificate):
        self.url, self.tls = url, client.context(bundle, certificate)

    def get(self, path):
        try:
            return json.loads(client.ask(self.url, path, tls=self.tls))
        except client.Refused as error:
            if error.code == 404:
                return None
            raise

    def put(self, path, value):
        client.ask(self.url, path, "PUT", json.dumps(value), {"Content-Type": "application/json"}, self.tls)


class Kubelet:
    def __init__(self, host, own, name, address, api, member=None):
        self.host, self.own, self.name, self.address = host, own, name, address
        self.api, self.member = api, member
        self.path = "/api/v1/nodes/" + name

    def register(self):
        """Labels and taints at the first registration only. A Node becomes Ready a while later."""
        made = supervisor.node_object(
            self.name, self.address, self.host.machine_id(), self.host.boot_id(), k3s.labels(self.own),
            k3s.taints(self.own), ready=False, version=k3s.version(), server=self.member is not None,
            member=self.member)
        there = self.api.get(self.path)
        if there:
            made["metadata"] = there["metadata"]
            made["spec"] = there.get("spec", {})
        if self.member:
            made["metadata"].setdefault("annotations", {}).update({
                "etcd.k3s.cattle.io/node-name": self.member,
                "etcd.k3s.cattle.io/node-address": self.address})
        made["metadata"].setdefault("annotations", {})["k3s.io/stand-in"] = k3s.BANNER
        ready = made["status"]["conditions"][0]
        ready.update(reason="KubeletNotReady", message="container runtime network not ready: cni plugin "
                     "not initialized (%s)" % k3s.BANNER)
        self.api.put(self.path, made)
        log("info", "Successfully registered node %s" % self.name)

    def beat(self):
        """Signs of life, for ever; a Node that was deleted registers again."""
        time.sleep(2)
        while True:
            try:
                there = self.api.get(self.path)
                if there is None:
                    self.register()
                    there = self.api.get(self.path)
                there["status"]["conditions"] = [{
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "message": "kubelet is posting ready status (%s)" % k3s.BANNER,
                    "lastHeartbeatTime": supervisor.timestamp(supervisor.now())}]
                there["status"]["nodeInfo"]["bootID"] = self.host.boot_id()
                self.api.put(self.path, there)
            except Exception as error:  # a kubelet goes on, whatever the API does
                log("error", "Error updating node status, will retry: %s" % error)
                time.sleep(3)
                continue
            time.sleep(BEAT)


class Balancer:
    """k3s's load balancer for clients: whichever server answers first. (pkg/agent/loadbalancer)"""

    def __init__(self, address, port, servers):
        self.servers = servers
        self.listener = socket.create_server((address, port), reuse_port=True)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            link, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(link,), daemon=True).start()

    def carry(self, link):
        for server in list(self.servers):
            name, _, port = server.rpartition(":")
            try:
                other = socket.create_connection((name, int(port)), timeout=3)
                break
            except OSError:
                continue
        else:
            link.close()
            return
        other.settimeout(None)

        def pump(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                pass
            for end in (source, target):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        threading.Thread(target=pump, args=(other, link), daemon=True).start()
        pump(link, other)
        link.close()
        other.close()


class Agent:
    def __init__(self, flags):
        self.host = k3s.Host()
        self.own = k3s.configuration(self.host, flags)
        k3s.check_labels(self.own)
        k3s.check_machine(self.host)
        self.server = self.own.get("server")
        if not self.server:
            raise k3s.Fatal("--server is required")
        self.token = client.Token(k3s.token(self.host, self.own))
        self.name = self.own.get("node-name") or os.uname().nodename.lower()
        self.address = self.own.get("node-ip")
        if not self.address:
            raise k3s.Fatal("unable to select an IP from default routes: the stand-in wants node-ip")
        self.folder = self.host.path(DATA)
        self.home = "127.0.0.1" if self.host.is_real else self.address
        self.password = k3s.node_password(self.host)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        while True:
            # k3s never gives up here, whatever the answer is. (pkg/agent/config)
            try:
                bundle = client.trusted(self.server, self.token)
                servers = self.join(bundle)
                break
            except client.Refused as error:
                log("error", "Waiting to retrieve agent configuration; server is not ready: %s: %d %s" % (
                    self.server, error.code, error))
            except (OSError, k3s.Fatal) as error:
                log("error", "Failed to validate connection to cluster at %s: %s" % (self.server, error))
            time.sleep(k3s.PAUSE * random.uniform(0.8, 1.2))
        balancer = Balancer(self.home, 6444, servers)
        url = "https://%s:6444" % self.home
        self.host.write(DATA + "/kubelet.kubeconfig", kubeconfig(
            url, {"certificate-authority": self.folder + "/server-ca.crt"},
            {"client-certificate": self.folder + "/client-kubelet.crt",
             "client-key": self.folder + "/client-kubelet.key"}))
        api = Remote(url, bundle, (self.folder + "/client-kubelet.crt", self.folder + "/client-kubelet.key"))
        kubelet = Kubelet(self.host, self.own, self.name, self.address, api)
        while True:
            try:
                kubelet.register()
                break
            except (OSError, client.Refused) as error:
                log("error", "Unable to register node with API server: %s" % error)
                time.sleep(3)
        k3s.notify("READY=1")
        log("info", "k3s agent is up and running")
        threading.Thread(target=kubelet.beat, daemon=True).start()
        while True:
            time.sleep(BEAT)
            try:
                found = json.loads(client.ask(
                    url, "/v1-k3s/apiservers", headers=self.words(), tls=client.context(bundle)))
                balancer.servers = found or balancer.servers
            except (OSError, client.Refused, ValueError) as error:
                log("warning", "cannot ask for servers: %s" % error)

    def words(self):
        return {"Authorization": self.token.authorization("node")}

    def join(self, bundle):
        """The certificates of a node, for its password. (pkg/agent/config)"""
        tls = client.context(bundle)
        client.ask(self.server, "/v1-k3s/readyz", headers=self.words(), tls=tls)
        client.ask(self.server, "/v1-k3s/config", headers=self.words(), tls=tls)
        servers = json.loads(client.ask(
            self.server, "/v1-k3s/apiservers", headers=self.words(), tls=tls))
        for name, kind in (("client-ca", None), ("serving-kubelet", self.name),
                           ("client-kubelet", "system:node:" + self.name)):
            headers = {**self.words(), "k3s-Node-Name": self.name, "k3s-Node-Password": self.password,
                       "k3s-Node-IP": self.address}
            if kind is None:
                body = None
            else:
                key = os.path.join(self.folder, name + ".key")
                if not os.path.exists(key):
                    self.host.write(DATA + "/%s.key" % name, authority.openssl(
                        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1").decode())
                body = authority.openssl("req", "-new", "-key", key, "-subj", "/CN=" + kind,
                                         "-outform", "DER")
            pem = client.ask(self.server, "/v1-k3s/%s.crt" % name, "POST" if body else "GET", body, headers,
                             tls, timeout=30)
            self.host.write(DATA + "/%s.crt" % name, pem.decode(), 0o644)
        self.host.write(DATA + "/server-ca.crt", bundle, 0o644)
        return servers


def run(flags):
    return Agent(flags).run()
