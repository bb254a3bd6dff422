"""How a STAND-IN node talks to a server: k3s's clientaccess, with the pin."""
import base64
import hashlib
import http.client
import json
import re
import ssl
import subprocess
import tempfile
import urllib.parse

from k3s import Fatal


class Token:
    """K10<64 hex>::user:password, K10<64 hex>::id.secret, or either without what pins it."""

    def __init__(self, text):
        if not text:
            raise Fatal("token must not be empty")
        self.pin = None
        rest = text
        if text.startswith("K10"):
            pin, colons, rest = text[3:].partition("::")
            if not pin or not colons or not rest or rest.endswith(":"):
                raise Fatal("invalid token format")
            if len(pin) != 64:
                raise Fatal("invalid token CA hash length")
            self.pin = pin
        self.password = rest.rpartition(":")[2]
        self.is_bootstrap = bool(re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", rest))

    def authorization(self, user):
        if self.is_bootstrap:
            return "Bearer " + self.password
        # Whatever user the token names: the password is what counts. (clientaccess.WithUser)
        words = "%s:%s" % (user, self.password)
        return "Basic " + base64.b64encode(words.encode()).decode()


class Refused(Exception):
    """An answer that is no good."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def context(bundle=None, certificate=None):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # By the pinned authority, whatever address it was reached at.
    made.check_hostname = False
    if bundle is None:
        made.verify_mode = ssl.CERT_NONE
    else:
        made.load_verify_locations(cadata=bundle)
    if certificate:
        made.load_cert_chain(*certificate)
    return made


def ask(server, path, method="GET", body=None, headers=None, tls=None, timeout=10):
    """(bytes). Raises Refused, or OSError when nobody is there."""
    place = urllib.parse.urlsplit(server)
    link = http.client.HTTPSConnection(place.hostname, place.port or 6443, timeout=timeout, context=tls)
    try:
        link.request(method, path, body=body, headers=headers or {})
        answer = link.getresponse()
        data = answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        link.close()
    if answer.status >= 300:
        raise Refused(answer.status, message(data) or answer.reason)
    return data


def message(data):
    try:
        return json.loads(data).get("message", "")
    except ValueError:
        return data.decode(errors="replace").strip()[:200]


def pin_of(bundle):
    """One certificate: its bytes as they came. Several: the DER of the root."""
    text = bundle.decode()
    parts = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.S)
    if len(parts) <= 1:
        return hashlib.sha256(bundle).hexdigest()
    for part in parts:
        der = ssl.PEM_cert_to_DER_cert(part)
        with tempfile.NamedTemporaryFile() as file:
            file.write(part.encode())
            file.flush()
            told = subprocess.run(["openssl", "x509", "-noout", "-subject", "-issuer", "-in", file.name],
                                  capture_output=True, text=True, check=True).stdout.splitlines()
        if told[0].partition("=")[2] == told[1].partition("=")[2]:
            return hashlib.sha256(der).hexdigest()
    return hashlib.sha256(bundle).hexdigest()


def trusted(server, token):
    """The server's authority, after it was proven to be the pinned one."""
    if not server.startswith("https://"):
        raise Fatal("only https:// URLs are supported, invalid scheme: %s" % server)
    bundle = ask(server, "/cacerts", tls=context())
    actual = pin_of(bundle)
    if token.pin and token.pin != actual:
        raise Fatal("token CA hash does not match the Cluster CA certificate hash: %s != %s" % (
            token.pin, actual))
    text = bundle.decode()
    ask(server, "/cacerts", tls=context(text))
    return text
