"""What etcd does for k3s, for the STAND-IN: the same objects on every server, and none changed
without a majority. It is not Raft: every change carries the whole state and its number, a server
takes only a higher one, and what a majority did not take is taken back."""
import base64
import json
import os
import random
import time

import client
import supervisor


class Unavailable(Exception):
    """No majority."""


class Behind(Exception):
    """Another server has a newer state, which is taken over; try again."""


class Replica(supervisor.Datastore):
    def __init__(self, path, member, port, server_token, bundle):
        self.revision = 0
        self.committed = None
        self.member = member
        self.port = port
        self.password = server_token.password
        self.tls = client.context(bundle)
        super().__init__(path)
        self.committed = self.snapshot()

    def snapshot(self):
        with self.lock:
            return {**super().snapshot(), "revision": self.revision, "standIn": supervisor.BANNER}

    def load(self, state):
        with self.lock:
            super().load(state)
            self.revision = state["revision"]

    def headers(self):
        words = base64.b64encode(b"server:" + self.password.encode()).decode()
        return {"Authorization": "Basic " + words, "Content-Type": "application/json"}

    def others(self):
        return [m for m in self.members if m["name"] != self.member]

    def send(self, member, method, body=None):
        address = member["peerURLs"][0].rsplit("/", 1)[1].rsplit(":", 1)[0]
        return json.loads(client.ask(
            "https://%s:%d" % (address, self.port), "/stand-in/datastore", method, body,
            self.headers(), self.tls, timeout=5))

    def save(self):
        """After every change: to the others, and only with a majority to the disk."""
        if self.committed is None:
            return
        before = self.committed
        self.revision = before["revision"] + 1
        draft = self.snapshot()
        # Who has a vote in the new state counts; for a first member that is itself alone.
        voters = {m["name"] for m in self.members if not m.get("isLearner")}
        got = {self.member} & voters
        newer = None
        body = json.dumps(draft).encode()
        for member in self.others():
            try:
                answer = self.send(member, "PUT", body)
            except (OSError, client.Refused, ValueError):
                continue
            if answer.get("taken"):
                got |= {member["name"]} & voters
            elif answer.get("state", {}).get("revision", 0) >= self.revision:
                if newer is None or answer["state"]["revision"] > newer["revision"]:
                    newer = answer["state"]
        if len(got) > len(voters) // 2:
            self.committed = draft
            self.write(draft)
            return
        self.load(before)
        if newer:
            self.committed = newer
            self.load(newer)
            self.write(newer)
            raise Behind
        raise Unavailable("etcdserver: no leader")

    def write(self, state):
        partial = self.path + ".partial"
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        with open(partial, "w") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, self.path)

    def take(self, state):
        """What another server sends; it says whether it was taken."""
        if not self.lock.acquire(timeout=0.5):
            return {"taken": False}
        try:
            if state["revision"] <= self.revision:
                return {"taken": False, "state": self.snapshot()}
            self.load(state)
            self.committed = self.snapshot()
            self.write(self.committed)
            return {"taken": True}
        finally:
            self.lock.release()

    def catch_up(self):
        """The newest state among a majority; raises Unavailable without one."""
        voters = {m["name"] for m in self.members if not m.get("isLearner")}
        heard = {self.member} & voters
        best = self.snapshot()
        for member in self.others():
            try:
                state = self.send(member, "GET")
            except (OSError, client.Refused, ValueError):
                continue
            heard |= {member["name"]} & voters
            if state["revision"] > best["revision"]:
                best = state
        if best["revision"] > self.revision:
            with self.lock:
                self.load(best)
                self.committed = self.snapshot()
                self.write(self.committed)
        if len(heard) <= len(voters) // 2:
            raise Unavailable("etcdserver: no leader")

    def again(self, change, *words, **named):
        """A change, again for as long as another server was faster."""
        end = time.time() + 6
        while True:
            try:
                with self.lock:
                    return change(*words, **named)
            except Behind:
                pass
            except Unavailable:
                if time.time() > end:
                    raise
            if time.time() > end:
                raise Unavailable("etcdserver: request timed out")
            time.sleep(random.uniform(0.05, 0.4))

    def add_member(self, *words, **named):
        if any(m.get("isLearner") for m in self.members):
            raise ValueError("etcdserver: too many learner members in cluster")
        return self.again(super().add_member, *words, **named)

    def promote(self, *words):
        return self.again(super().promote, *words)

    def remove_member(self, *words):
        return self.again(super().remove_member, *words)

    def put(self, path, value):
        return self.again(super().put, path, json.loads(json.dumps(value)))

    def delete(self, path):
        return self.again(super().delete, path)

    def check_password(self, node, password):
        return self.again(super().check_password, node, password)
