"""Certificate authorities and certificates of the STAND-IN cluster, by the program openssl."""
import datetime
import hashlib
import os
import secrets
import subprocess
import tempfile

AUTHORITIES = {
    "server-ca": "k3s-server-ca", "client-ca": "k3s-client-ca",
    "request-header-ca": "k3s-request-header-ca", "etcd/server-ca": "etcd-server-ca",
    "etcd/peer-ca": "etcd-peer-ca"}


def openssl(*words, given=b""):
    done = subprocess.run(["openssl", *words], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (words[0], done.stderr.decode(errors="replace")))
    return done.stdout


def make_authority(prefix, name, days=3650):
    """A self-signed authority on a P-256 key: PREFIX.crt and PREFIX.key."""
    os.makedirs(os.path.dirname(prefix) or ".", mode=0o700, exist_ok=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", prefix + ".key", "-out", prefix + ".crt", "-days", str(days),
            "-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign")
    os.chmod(prefix + ".key", 0o600)


def make_authorities(folder, name="stand-in"):
    """All that k3s finds in server/tls when a fleet brings its own."""
    for path, common in AUTHORITIES.items():
        make_authority(os.path.join(folder, path), "%s@%s" % (common, name))
    service = os.path.join(folder, "service.key")
    with open(service, "wb") as file:
        file.write(openssl("genrsa", "2048"))
    os.chmod(service, 0o600)


def pin(path):
    """The pin in a token, for a file with one certificate: SHA-256 of its bytes."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def pin_of_root(path):
    """The pin for a bundle: SHA-256 of the root's DER."""
    return hashlib.sha256(openssl("x509", "-in", path, "-outform", "DER")).hexdigest()


def sign(authority, common_name, request=b"", names=(), addresses=(), organization=None,
         usage="clientAuth", start=None, days=365, is_authority=False):
    """PEM of a certificate under AUTHORITY.crt/.key and of the authority. `request` is a CSR (DER or
    PEM); without one a key is made, and its PEM comes last."""
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return os.path.join(folder, name)
        subject = ("/O=" + organization if organization else "") + "/CN=" + common_name
        key = b""
        if request:
            if not request.startswith(b"-----"):
                request = openssl("req", "-inform", "DER", given=request)
            with open(at("csr"), "wb") as file:
                file.write(request)
        else:
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", at("key"), "-out", at("csr"), "-subj", subject)
            with open(at("key"), "rb") as file:
                key = file.read()
        alternatives = ["DNS:" + name for name in names] + [
            "IP:" + address for address in dict.fromkeys(addresses)]
        lines = ["[ca]", "default_ca=own", "[own]", "database=" + at("index"), "new_certs_dir=" + folder, "serial=" + at("serial"),
                 "default_md=sha256", "policy=any", "unique_subject=no", "copy_extensions=none",
                 "[any]", "commonName=supplied", "organizationName=optional", "[ext]"]
        if is_authority:
            lines += ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,digitalSignature"]
        else:
            lines += ["basicConstraints=critical,CA:FALSE",
                      "keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=" + usage]
        lines += ["subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]
        if alternatives:
            lines.append("subjectAltName=" + ",".join(alternatives))
        with open(at("config"), "w") as file:
            file.write("\n".join(lines) + "\n")
        open(at("index"), "w").close()
        begin = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=start or -3600)
        end = begin + datetime.timedelta(days=days)
        with open(at("serial"), "w") as file:
            file.write("%030X\n" % (secrets.randbits(118) | 1 << 118))
        openssl("ca", "-batch", "-config", at("config"), "-in", at("csr"), "-out", at("crt"), "-notext",
                "-extensions", "ext", "-subj", subject,
                "-cert", authority + ".crt", "-keyfile", authority + ".key",
                "-startdate", begin.strftime("%Y%m%d%H%M%SZ"), "-enddate", end.strftime("%Y%m%d%H%M%SZ"))
        with open(at("crt"), "rb") as file:
            certificate = file.read()
    with open(authority + ".crt", "rb") as file:
        return certificate + file.read() + key


def issue(authority, prefix, common_name, **further):
    """Writes PREFIX.crt (with the chain) and PREFIX.key; gives both paths."""
    pem = sign(authority, common_name, **further)
    chain, _, key = pem.partition(b"-----BEGIN PRIVATE KEY-----")
    with open(prefix + ".crt", "wb") as file:
        file.write(chain)
    with open(os.open(prefix + ".key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(b"-----BEGIN PRIVATE KEY-----" + key)
    return prefix + ".crt", prefix + ".key"


def make_intermediate(root, prefix, name):
    """An authority under another; PREFIX.crt holds both, the root last, as a bundle of k3s does."""
    issue(root, prefix, name, is_authority=True, days=3000)
