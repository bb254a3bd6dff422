#!/usr/bin/env python3
"""STAND-IN for the supervisor of a k3s server. This is not k3s.

It speaks what a joining node hears of one: TLS with the cluster's own authority, /ping, /cacerts,
/v1-k3s/{readyz,config,apiservers,server-bootstrap,*-kubelet.crt}, /db/info, and as much of the
Kubernetes API as nodes, bootstrap tokens and Secrets need. Who may do what, and the codes of
refusal, are as in k3s's pkg/server. It logs every request, and it can be made to fail in the ways
that servers and networks do (FAULTS below).

As a program:   supervisor.py --tls DIR --token FILE --listen 127.0.0.1:6443 --log FILE
As a module:    Supervisor(tls=..., token=..., ...).start()

Python's standard library and the program openssl are all that it needs.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import secrets
import socket
import ssl
import struct
import sys
import threading
import time

import apply
import authority
import flux

BANNER = "STAND-IN supervisor, not k3s"
VERSION = "v1.30.0+k3s-STAND-IN"

# What can be made to go wrong. A fault with a path hits requests for it alone when its value is
# that path; `true` hits all.
FAULTS = {
    "notReady": "number: so many answers of /v1-k3s/readyz are 503",
    "tooMany": "number: so many answers are 429",
    "rejectPassword": "true: every node password is refused",
    "unauthorized": "list of token ids that are refused as if they had ended",
    "status": "object: path to code that is answered",
    "dateSkew": "seconds by which the Date header is off",
    "slow": "path or true: one byte a second, without end",
    "huge": "path or true: a body without end",
    "reset": "path or true: the connection is reset amid the body",
    "redirect": "object: path to the address that is answered with 302",
    "drop": "true: closed right after the handshake",
    "mute": "true: no answer to the handshake at all",
    "config": "object laid over the answer of /v1-k3s/config",
    "cacerts": "text answered by /cacerts instead of the authority",
    "plain": "true: HTTP without TLS",
    "refuse": "object: path of an object to the words with which it is refused as invalid (422)",
    # Those of the controllers stand in flux.py.
}


def now():
    return time.time()


def timestamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def parse_timestamp(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


class Datastore:
    """What etcd holds: objects by their path in the API, members, node passwords. With a file, it
    outlives the process."""

    def __init__(self, path=None):
        self.path = path
        self.lock = threading.RLock()
        self.objects = {}
        self.members = []
        self.passwords = {}
        self.serial = 0
        if path and os.path.exists(path):
            with open(path) as file:
                self.load(json.load(file))

    def snapshot(self):
        with self.lock:
            return json.loads(json.dumps({
                "objects": self.objects, "members": self.members, "passwords": self.passwords,
                "serial": self.serial}))

    def load(self, state):
        with self.lock:
            self.objects = state["objects"]
            self.members = state["members"]
            self.passwords = state["passwords"]
            self.serial = state["serial"]

    def save(self):
        if not self.path:
            return
        partial = self.path + ".partial"
        with open(partial, "w") as file:
            json.dump(self.snapshot(), file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, self.path)

    # members of etcd

    def add_member(self, name, address, learner=False):
        with self.lock:
            if any(m["name"].rsplit("-", 1)[0] == name.rsplit("-", 1)[0] for m in self.members):
                raise ValueError("duplicate node name found, please use a unique name for this node")
            self.members.append({
                "ID": secrets.randbits(63), "name": name,
                "peerURLs": ["https://%s:2380" % address],
                "clientURLs": ["https://%s:2379" % address],
                **({"isLearner": True} if learner else {})})
            self.save()

    def promote(self, name):
        with self.lock:
            for member in self.members:
                if member["name"] == name:
                    member.pop("isLearner", None)
            self.save()

    def remove_member(self, name):
        with self.lock:
            self.members = [m for m in self.members if m["name"] != name]
            self.save()

    # objects of the API

    def get(self, path):
        with self.lock:
            return self.objects.get(path)

    def put(self, path, value):
        with self.lock:
            self.serial += 1
            there = self.objects.get(path)
            value.setdefault("metadata", {})
            meta = value["metadata"]
            meta["name"] = path.rsplit("/", 1)[1]
            meta["uid"] = (there or {}).get("metadata", {}).get("uid") or meta.get("uid") \
                or "%032x" % secrets.randbits(128)
            meta["resourceVersion"] = str(self.serial)
            meta.setdefault("creationTimestamp", timestamp(now()))
            if "stringData" in value:
                data = value.setdefault("data", {})
                for key, text in value.pop("stringData").items():
                    data[key] = base64.b64encode(text.encode()).decode()
            self.objects[path] = value
            self.save()
            return value

    def delete(self, path):
        with self.lock:
            gone = self.objects.pop(path, None)
            if gone is None:
                return None
            if path.startswith("/api/v1/nodes/"):
                # k3s gives the name free, and takes the server out of etcd.
                name = path.rsplit("/", 1)[1]
                self.passwords.pop(name, None)
                member = gone.get("metadata", {}).get("annotations", {}).get(
                    "etcd.k3s.cattle.io/node-name")
                self.members = [m for m in self.members if m["name"] != member]
            self.save()
            return gone

    def list(self, folder):
        with self.lock:
            return [value for path, value in sorted(self.objects.items())
                    if path.rsplit("/", 1)[0] == folder]

    # node passwords, as pkg/nodepassword: the first that comes is kept, as a hash

    def check_password(self, node, password):
        with self.lock:
            held = self.passwords.get(node)
            if held is None:
                salt = secrets.token_hex(8)
                self.passwords[node] = salt + ":" + self._hash(salt, password)
                self.save()
                return True
            salt, expected = held.split(":")
            return hmac.compare_digest(self._hash(salt, password), expected)

    @staticmethod
    def _hash(salt, password):
        return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**11, r=8, p=1).hex()


class Supervisor:
    """One server. `tls` is a folder as k3s's server/tls; `token` the server token, in any form."""

    # Another class of answers than Handler, and another address to listen on than the one it has.
    handler = None
    listen = None

    def __init__(self, tls, token, address="127.0.0.1", port=6443, names=(), datastore=None,
                 agent_token=None, config=None, log=None, faults=None, faults_file=None,
                 certificate=None, ready=True):
        self.tls = tls
        self.password = token.strip().rsplit(":", 1)[-1]
        self.agent_password = (agent_token or token).strip().rsplit(":", 1)[-1]
        self.address, self.port = address, port
        self.names = list(names)
        self.datastore = datastore or Datastore()
        self.config = config or {}
        self.log_path = log
        self.faults = dict(faults or {})
        self.faults_file = faults_file
        # A certificate and key of its own choosing, for servers that are not what they seem.
        self.certificate = certificate
        # Like k3s's Runtime.Core: False until the API is up.
        self.ready = ready
        self.log_lock = threading.Lock()
        self.server = None
        self.controllers = flux.Controllers(self)

    def path(self, name):
        return os.path.join(self.tls, name)

    def start(self):
        """Begins to serve, in threads of its own. Port 0 becomes the one that was free."""
        if self.certificate is None:
            self.certificate = authority.issue(
                self.path("server-ca"), self.path("serving-kube-apiserver"), "k3s",
                addresses=["127.0.0.1", self.address], names=["localhost", "kubernetes"] + self.names,
                usage="serverAuth")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self.certificate)
        if os.path.exists(self.path("client-ca.crt")):
            context.load_verify_locations(self.path("client-ca.crt"))
            context.verify_mode = ssl.CERT_OPTIONAL
        self.context = context
        self.server = Listener((self.listen or self.address, self.port), self.handler or Handler)
        self.server.supervisor = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def log(self, **entry):
        line = json.dumps({"time": round(now(), 3), **entry}, sort_keys=True)
        with self.log_lock:
            if self.log_path:
                with open(self.log_path, "a") as file:
                    file.write(line + "\n")

    def fault(self, name, path=None):
        if self.faults_file and os.path.exists(self.faults_file):
            try:
                with open(self.faults_file) as file:
                    laid = file.read()
                if laid != getattr(self, "_laid", None):
                    self._laid = laid
                    self.faults = json.loads(laid or "{}")
            except (OSError, ValueError):
                pass
        value = self.faults.get(name)
        if isinstance(value, str) and path is not None and name in ("slow", "huge", "reset"):
            return value == path
        return value

    def spend(self, name):
        """Counts a fault down; true as long as it lasts."""
        left = self.fault(name) or 0
        if left > 0:
            self.faults[name] = left - 1
        return left > 0

    def control(self):
        """What /v1-k3s/config tells: the names and forms of k3s's config.Control."""
        def net(text):
            address, prefix = text.split("/")
            mask = struct.pack(">I", (0xffffffff << (32 - int(prefix))) & 0xffffffff)
            return {"IP": address, "Mask": base64.b64encode(mask).decode()}
        own = self.config
        pods, services = own.get("cluster-cidr", "10.42.0.0/16"), own.get("service-cidr", "10.43.0.0/16")
        dns = own.get("cluster-dns", "10.43.0.10")
        disable = own.get("disable", [])
        control = {
            "ClusterDNSs": [dns], "ClusterDNS": dns,
            "ClusterIPRanges": [net(pods)], "ClusterIPRange": net(pods),
            "ServiceIPRanges": [net(services)], "ServiceIPRange": net(services),
            "ClusterDomain": own.get("cluster-domain", "cluster.local"),
            "DisableCCM": own.get("disable-cloud-controller", False),
            "DisableHelmController": own.get("disable-helm-controller", False),
            "DisableNPC": own.get("disable-network-policy", False),
            "DisableServiceLB": "servicelb" in disable,
            "EncryptSecrets": own.get("secrets-encryption", False),
            "EmbeddedRegistry": own.get("embedded-registry", False),
            "FlannelBackend": own.get("flannel-backend", "vxlan"),
            "FlannelIPv6Masq": own.get("flannel-ipv6-masq", False),
            "FlannelExternalIP": own.get("flannel-external-ip", False),
            "EgressSelectorMode": own.get("egress-selector-mode", "agent"),
            "HTTPSPort": self.port, "SupervisorPort": self.port,
            "Disables": {name: True for name in disable}, "Skips": {name: True for name in disable},
            "StandIn": BANNER,
        }
        control.update(self.fault("config") or {})
        return control


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """Connections that end badly are what it is for; everything else is told."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "k3s-STAND-IN"
    sys_version = ""
    # A client that says nothing is not waited for.
    timeout = 30

    @property
    def own(self):
        return self.server.supervisor

    def setup(self):
        if self.own.fault("mute"):
            time.sleep(30)
            raise ConnectionAbortedError
        if not self.own.fault("plain"):
            try:
                self.request.settimeout(30)
                self.request = self.own.context.wrap_socket(self.request, server_side=True)
            except (ssl.SSLError, OSError) as error:
                self.own.log(event="handshake", error=str(error), peer=self.client_address[0])
                raise ConnectionAbortedError from error
        super().setup()

    def handle(self):
        if self.own.fault("drop"):
            self.own.log(event="drop", peer=self.client_address[0])
            self.close_connection = True
            return
        try:
            super().handle()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            pass

    def log_message(self, *words):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(now() + (self.own.fault("dateSkew") or 0))

    # answers

    def answer(self, code, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def answer_json(self, code, value):
        self.answer(code, json.dumps(value) + "\n")

    def refuse(self, code, message, reason=""):
        """An error as Kubernetes writes it. (metav1.Status)"""
        self.answer_json(code, {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code})

    # who asks

    def identify(self):
        """(user, groups), or None without credentials; raises PermissionError for wrong ones."""
        certificate = None
        if hasattr(self.request, "getpeercert"):
            certificate = self.request.getpeercert()
        if certificate:
            subject = dict(pair for group in certificate["subject"] for pair in group)
            groups = [pair[1] for group in certificate["subject"] for pair in group
                      if pair[0] == "organizationName"]
            return subject.get("commonName", ""), groups
        words = self.headers.get("Authorization", "").split(" ", 1)
        if len(words) != 2:
            return None
        if words[0] == "Basic":
            try:
                user, _, password = base64.b64decode(words[1]).decode().partition(":")
            except ValueError as error:
                raise PermissionError from error
            if user == "server" and hmac.compare_digest(password, self.own.password):
                return user, ["k3s:server"]
            if user == "node" and password in (self.own.agent_password, self.own.password):
                return user, ["k3s:agent"]
            raise PermissionError
        if words[0] == "Bearer":
            return self.bootstrap(words[1])
        raise PermissionError

    def bootstrap(self, token):
        """A bootstrap token is a Secret in kube-system. (Kubernetes, "Bootstrap tokens")"""
        identity, _, secret = token.partition(".")
        if identity in (self.own.fault("unauthorized") or []):
            raise PermissionError
        held = self.own.datastore.get(
            "/api/v1/namespaces/kube-system/secrets/bootstrap-token-" + identity)
        if not held or held.get("type") != "bootstrap.kubernetes.io/token":
            raise PermissionError
        data = {key: base64.b64decode(value).decode() for key, value in held["data"].items()}
        ends = data.get("expiration")
        if data.get("token-id") != identity \
                or not hmac.compare_digest(data.get("token-secret", ""), secret) \
                or data.get("usage-bootstrap-authentication") != "true" \
                or (ends and parse_timestamp(ends) <= now()):
            raise PermissionError
        return "system:bootstrap:" + identity, ["system:bootstrappers"] + [
            group for group in data.get("auth-extra-groups", "").split(",") if group]

    def allow(self, *groups):
        """True when who asks is in one of the groups; answers itself otherwise. (doAuth)"""
        try:
            who = self.identify()
        except PermissionError:
            self.refuse(401, "not authorized", "Unauthorized")
            return False
        if who is None or not set(groups) & set(who[1]):
            self.refuse(403, "forbidden", "Forbidden")
            return False
        return True

    NODES = ("k3s:agent", "system:nodes", "system:bootstrappers:k3s:default-node-token")

    # requests

    def route(self):
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        words = self.headers.get("Authorization", "")
        tls = {}
        if hasattr(self.request, "version"):
            peer = self.request.getpeercert()
            tls = {"version": self.request.version(), "cipher": self.request.cipher()[0],
                   "clientCertificate": bool(peer)}
        self.own.log(
            event="request", method=self.command, path=path, query=query,
            peer=self.client_address[0], authorization=bool(words),
            scheme=words.split(" ")[0] if words else "", node=self.headers.get("k3s-Node-Name", ""),
            bytes=len(body), tls=tls)
        if self.misbehave(path):
            return
        if path == "/ping":
            return self.answer(200, "pong", "text/plain")
        if path == "/cacerts":
            text = self.own.fault("cacerts")
            if text is None:
                with open(self.own.path("server-ca.crt")) as file:
                    text = file.read()
            return self.answer(200, text, "text/plain")
        if path.startswith("/v1-k3s/"):
            return self.supervise(path[len("/v1-k3s/"):], body)
        if path == "/db/info":
            if self.client_address[0] == "127.0.0.1" and not words or self.allow("k3s:server"):
                self.answer_json(200, {"members": self.own.datastore.snapshot()["members"]})
            return
        if path == "/stand-in/datastore":
            return self.replicate(body)
        self.kubernetes(path, query, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = route

    def misbehave(self, path):
        own = self.own
        if own.spend("tooMany"):
            self.answer(429, "Too many requests, please try again later.\n", "text/plain",
                        [("Retry-After", "1")])
            return True
        forced = (own.fault("status") or {}).get(path)
        if forced:
            self.refuse(forced, "forced by a test")
            return True
        elsewhere = (own.fault("redirect") or {}).get(path)
        if elsewhere:
            self.answer(302, "", "text/plain", [("Location", elsewhere)])
            return True
        if own.fault("slow", path) or own.fault("huge", path):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.close_connection = True
            piece, pause = (b"x", 1) if own.fault("slow", path) else (b"x" * 65536, 0)
            while True:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(pause)
        if own.fault("reset", path):
            self.send_response(200)
            self.send_header("Content-Length", "4096")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.wfile.flush()
            time.sleep(0.2)
            raw = socket.socket(fileno=os.dup(self.request.fileno()))
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return True
        return False

    def supervise(self, name, body):
        own = self.own
        if name in ("server-bootstrap", "token", "encrypt/status", "encrypt/config"):
            if not self.allow("k3s:server"):
                return None
            if name != "server-bootstrap":
                return self.refuse(501, "STAND-IN: not part of it")
            files = {}
            for root, _, names in os.walk(own.tls):
                for file in names:
                    relative = os.path.relpath(os.path.join(root, file), own.tls)
                    if relative.endswith((".crt", ".key")) and not relative.startswith("serving"):
                        with open(os.path.join(root, file)) as content:
                            files[relative] = content.read()
            return self.answer_json(200, files)
        if not self.allow(*self.NODES):
            return None
        if name == "readyz":
            if own.spend("notReady") or not own.ready:
                return self.refuse(503, "runtime core not ready", "ServiceUnavailable")
            return self.answer(200, "ok", "text/plain")
        if name == "config":
            return self.answer_json(200, own.control())
        if name == "apiservers":
            return self.answer_json(200, ["%s:%d" % (own.address, own.port)])
        if name in ("client-ca.crt", "server-ca.crt"):
            with open(own.path(name)) as file:
                return self.answer(200, file.read(), "text/plain")
        if name in ("serving-kubelet.crt", "client-kubelet.crt"):
            return self.kubelet(name, body)
        return self.refuse(404, "not found", "NotFound")

    def kubelet(self, name, body):
        """A certificate for a node that says its password. (pkg/nodepassword, handlers.go)"""
        own = self.own
        if not own.ready:
            return self.refuse(503, "runtime core not ready", "ServiceUnavailable")
        node = self.headers.get("k3s-Node-Name", "")
        password = self.headers.get("k3s-Node-Password", "")
        if not node:
            return self.refuse(400, "node name not set", "BadRequest")
        if not password:
            return self.refuse(400, "node password not set", "BadRequest")
        if own.fault("rejectPassword") or not own.datastore.check_password(node, password):
            return self.refuse(
                403, "Node password rejected, duplicate hostname or contents of "
                "'/etc/rancher/node/password' may not match server node-passwd entry, try enabling "
                "a unique node name with the --with-node-id flag", "Forbidden")
        if name == "serving-kubelet.crt":
            pem = authority.sign(
                own.path("server-ca"), node, body, names=[node, "localhost"],
                addresses=["127.0.0.1"] + [a for a in self.headers.get("k3s-Node-IP", "").split(",") if a],
                usage="serverAuth")
        else:
            pem = authority.sign(
                own.path("client-ca"), "system:node:" + node, body, organization="system:nodes",
                usage="clientAuth")
        return self.answer(200, pem, "text/plain")

    def replicate(self, body):
        """Not of k3s: how stand-in servers share what etcd would carry between them."""
        if not self.allow("k3s:server"):
            return
        if self.command == "PUT":
            self.own.datastore.load(json.loads(body))
            self.own.datastore.save()
        self.answer_json(200, self.own.datastore.snapshot())

    def kubernetes(self, path, query, body):
        """Objects by their path: get, list, create, replace, apply, merge, delete."""
        own, store = self.own, self.own.datastore
        try:
            who = self.identify()
        except PermissionError:
            who = None
        if who is None or not {"system:masters", "system:nodes"} & set(who[1]):
            return self.refuse(401, "Unauthorized", "Unauthorized")
        if not own.ready:
            return self.refuse(503, "apiserver not ready", "ServiceUnavailable")
        if path in ("/readyz", "/livez"):
            return self.answer(200, "ok", "text/plain")
        if path == "/version":
            return self.answer_json(200, {"gitVersion": VERSION, "platform": "linux/arm64"})
        status = path.endswith("/status")
        target = path[:-len("/status")] if status else path
        if "system:masters" not in who[1]:
            # As the Node authorizer: its own Node, and no Secrets.
            mine = "/api/v1/nodes/" + who[0].removeprefix("system:node:")
            creates = self.command == "POST" and target == "/api/v1/nodes"
            if not creates and (target != mine or self.command == "DELETE"):
                return self.refuse(
                    403, 'User "%s" cannot %s "%s"' % (who[0], self.command.lower(), target), "Forbidden")
        if not target.startswith(("/api/v1/", "/apis/")):
            return self.refuse(404, "the server could not find the requested resource", "NotFound")
        own.controllers.look()
        if not self.is_served(target):
            return self.refuse(404, "the server could not find the requested resource", "NotFound")
        there = store.get(target)
        if self.command == "GET":
            if there is not None:
                return self.answer_json(200, there)
            if target in self.SPACES:
                return self.answer_json(200, {"apiVersion": "v1", "kind": "Namespace",
                                              "metadata": {"name": target.rsplit("/", 1)[1]}})
            if self.is_collection(target):
                return self.answer_json(
                    200, {"kind": "List", "apiVersion": "v1", "items": store.list(target)})
            return self.refuse(404, '"%s" not found' % target.rsplit("/", 1)[1], "NotFound")
        if self.command == "DELETE":
            if store.delete(target) is None:
                return self.refuse(404, '"%s" not found' % target.rsplit("/", 1)[1], "NotFound")
            return self.answer_json(200, {"kind": "Status", "status": "Success"})
        space = self.space_of(target)
        if space and space not in self.SPACES and store.get(space) is None:
            return self.refuse(404, 'namespaces "%s" not found' % space.rsplit("/", 1)[1], "NotFound")
        try:
            value = json.loads(body)
        except ValueError:
            return self.refuse(400, "the body is not JSON", "BadRequest")
        invalid = (own.fault("refuse") or {}).get(target)
        if invalid:
            return self.refuse(422, invalid, "Invalid")
        manager = dict(pair.partition("=")[::2] for pair in query.split("&")).get("fieldManager", "")
        if self.command == "POST":
            name = value.get("metadata", {}).get("name")
            if not name:
                return self.refuse(422, "metadata.name: Required value", "Invalid")
            if store.get(target + "/" + name) is not None:
                return self.refuse(409, '"%s" already exists' % name, "AlreadyExists")
            return self.answer_json(201, store.put(target + "/" + name, value))
        if self.command == "PUT":
            version = value.get("metadata", {}).get("resourceVersion")
            if there is not None and version and version != there["metadata"]["resourceVersion"]:
                return self.refuse(409, "Operation cannot be fulfilled on %s: the object has been modified; "
                                   "please apply your changes to the latest version and try again"
                                   % target.rsplit("/", 1)[1], "Conflict")
            return self.answer_json(200, store.put(target, apply.update(
                there, apply.encoded(value), manager or "Unknown")))
        kind = self.headers.get("Content-Type", "").split(";")[0]
        if kind == "application/apply-patch+yaml":
            if not manager:
                return self.refuse(422, "fieldManager: Required value: is required for apply patch", "Invalid")
            if not value.get("apiVersion") or not value.get("kind"):
                return self.refuse(400, "apiVersion and kind must be set", "BadRequest")
            if value.get("metadata", {}).get("name") != target.rsplit("/", 1)[1]:
                return self.refuse(400, "metadata.name does not match the name of the URL", "BadRequest")
            try:
                merged = apply.apply(there, value, manager, "force=true" in query.split("&"))
            except apply.Conflict as error:
                return self.answer_json(409, {
                    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": str(error), "reason": "Conflict", "details": {"causes": error.causes},
                    "code": 409})
            if merged is there:
                return self.answer_json(200, there)
            return self.answer_json(200 if there else 201, store.put(target, merged))
        if kind not in ("application/merge-patch+json", "application/strategic-merge-patch+json"):
            return self.refuse(415, "the body of the request was in an unknown format", "UnsupportedMediaType")
        if there is None:
            return self.refuse(404, '"%s" not found' % target.rsplit("/", 1)[1], "NotFound")
        merged = apply.update(there, merge(there, value), manager or "Unknown")
        return self.answer_json(200, store.put(target, merged))

    # Namespaces that every cluster has.
    SPACES = {"/api/v1/namespaces/" + name for name in ("default", "kube-system", "kube-public", "kube-node-lease")}
    # Groups that the API server serves by itself.
    GROUPS = {"apps", "batch", "autoscaling", "policy"}

    def is_served(self, path):
        """A kind that was defined is served once it is established."""
        parts = path.strip("/").split("/")
        if parts[0] == "api" or parts[1] in self.GROUPS or parts[1].endswith(".k8s.io"):
            return True
        rest = parts[3:]
        plural = rest[2] if len(rest) > 2 and rest[0] == "namespaces" else rest[0] if rest else ""
        crd = self.own.datastore.get("%s%s.%s" % (flux.CRDS, plural, parts[1]))
        return bool(crd) and any(one["type"] == "Established" and one["status"] == "True"
                                 for one in crd.get("status", {}).get("conditions", []))

    @staticmethod
    def space_of(path):
        """The namespace that has to be there; None for what belongs to none."""
        parts = path.strip("/").split("/")
        start = 2 if parts[0] == "api" else 3
        rest = parts[start:]
        return "/api/v1/namespaces/" + rest[1] if len(rest) > 2 and rest[0] == "namespaces" else None

    @staticmethod
    def is_collection(path):
        parts = path.strip("/").split("/")
        start = 2 if parts[0] == "api" else 3
        rest = parts[start:]
        return len(rest) == 1 or (len(rest) == 3 and rest[0] == "namespaces")


def merge(old, new):
    """A merge patch (RFC 7386)."""
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def node_object(name, address, machine_id, boot_id, labels=None, taints=(), ready=True, version=VERSION,
                server=False, member=None):
    """A Node as the kubelet registers it; its path is /api/v1/nodes/<name>."""
    roles = {"node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/master": "true",
             "node-role.kubernetes.io/etcd": "true"} if server else {}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name, "labels": {"kubernetes.io/hostname": name, **roles, **(labels or {})},
            "annotations": {"etcd.k3s.cattle.io/node-name": member} if member else {}},
        "spec": {"taints": list(taints)},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "conditions": [{
                "type": "Ready", "status": "True" if ready else "False", "reason": "KubeletReady",
                "message": BANNER, "lastHeartbeatTime": timestamp(now())}],
            "nodeInfo": {"machineID": machine_id, "bootID": boot_id, "kubeletVersion": version}}}


def serve(words):
    parser = argparse.ArgumentParser(description=BANNER)
    parser.add_argument("--tls", required=True, help="folder like k3s's server/tls; made when missing")
    parser.add_argument("--token", required=True, help="file with the server token; made when missing")
    parser.add_argument("--listen", default="127.0.0.1:6443")
    parser.add_argument("--name", action="append", default=[], help="further name in the certificate")
    parser.add_argument("--datastore", help="file that outlives the process")
    parser.add_argument("--config", help="file with k3s's settings as JSON, by their names in config.yaml")
    parser.add_argument("--log", help="file for one line of JSON for each request")
    parser.add_argument("--faults", help="file with faults as JSON; read again when it changes")
    parser.add_argument("--certificate", help="chain and key to serve with: PREFIX of .crt and .key")
    parser.add_argument("--not-ready", action="store_true", help="the API does not come up")
    parser.add_argument("--version", action="version", version="%s (%s)" % (VERSION, BANNER))
    options = parser.parse_args(words)
    if not os.path.exists(os.path.join(options.tls, "server-ca.crt")):
        authority.make_authorities(options.tls)
    if not os.path.exists(options.token):
        with open(options.token, "w") as file:
            file.write("K10%s::server:%s\n" % (
                authority.pin(os.path.join(options.tls, "server-ca.crt")), secrets.token_hex(16)))
    with open(options.token) as file:
        token = file.read()
    config = {}
    if options.config:
        with open(options.config) as file:
            config = json.load(file)
    host, _, port = options.listen.rpartition(":")
    chosen = options.certificate
    supervisor = Supervisor(
        tls=options.tls, token=token, address=host, port=int(port), names=options.name,
        datastore=Datastore(options.datastore), config=config, log=options.log,
        faults_file=options.faults, ready=not options.not_ready,
        certificate=(chosen + ".crt", chosen + ".key") if chosen else None).start()
    print("%s %s on %s:%d" % (BANNER, VERSION, host, supervisor.port), flush=True)
    # Whoever started it is gone: nobody wants it any more, and nobody should wait for its output to end.
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    try:
        serve(sys.argv[1:])
    except KeyboardInterrupt:
        pass
