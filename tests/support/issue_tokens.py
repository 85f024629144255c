#!/usr/bin/env python3
"""Makes keys and tokens for tests with PyJWT and cryptography, which share no code with the daemon's verifier.

Reads one JSON object a line and answers each with a line.

  {"make": "main", "algorithm": "ES256"}        makes DIR/main.pem, main.pub, main.jwk (a secret: main.key,
                                                main.jwk); other algorithms: RSA1024, ES384, X25519, and CERT,
                                                a certificate of a new P-256 key in main.crt
  {"key": "main.pem", "algorithm": "ES256",     a token; "headers" are added to the usual ones; instead of
   "payload": {...}, "headers": {...}}          "payload" and the usual header: "raw_payload", "raw_header",
                                                texts in Latin-1 that are signed as they are
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import sys

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import NameOID

PLACE = pathlib.Path(sys.argv[1])


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def jwk_of(algorithm, public):
    if algorithm.startswith("ES"):
        at = public.public_numbers()
        return {"kty": "EC", "crv": "P-" + algorithm[2:],
                "x": number(at.x, 32 if algorithm == "ES256" else 48),
                "y": number(at.y, 32 if algorithm == "ES256" else 48)}
    if algorithm.startswith("RS"):
        at = public.public_numbers()
        return {"kty": "RSA", "n": number(at.n), "e": number(at.e)}
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "X25519" if algorithm == "X25519" else "Ed25519", "x": base64url(raw)}


def certificate(private):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens")])
    start = datetime.datetime(2026, 1, 1)
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
            .serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
            .sign(private, hashes.SHA256()))


def make(name, algorithm):
    if algorithm == "HS256":
        secret = hashlib.sha256(name.encode()).hexdigest()
        (PLACE / f"{name}.key").write_text(secret + "\n")
        (PLACE / f"{name}.jwk").write_text(json.dumps({"kty": "oct", "k": base64url(secret.encode())}))
        return
    private = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "CERT": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "RSA1024": lambda: rsa.generate_private_key(65537, 1024),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "X25519": x25519.X25519PrivateKey.generate,
    }[algorithm]()
    encoding = serialization.Encoding
    (PLACE / f"{name}.pem").write_bytes(private.private_bytes(
        encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public = private.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (PLACE / f"{name}.pub").write_bytes(public.public_bytes(encoding.PEM, spki))
    (PLACE / f"{name}.der").write_bytes(public.public_bytes(encoding.DER, spki))
    if algorithm == "CERT":
        (PLACE / f"{name}.crt").write_bytes(certificate(private).public_bytes(encoding.PEM))
    else:
        (PLACE / f"{name}.jwk").write_text(json.dumps(jwk_of(algorithm, public)))


def signature(request, text):
    key = (PLACE / request["key"]).read_bytes()
    algorithm = request["algorithm"]
    if algorithm == "HS256":  # PyJWT refuses to sign with a public key; an attacker does not
        return hmac.new(key.strip(), text, hashlib.sha256).digest()
    signer = jwt.algorithms.get_default_algorithms()[algorithm]
    return signer.sign(text, signer.prepare_key(key))


def token(request):
    if "raw_header" not in request and "raw_payload" not in request:
        algorithm = request["algorithm"]
        key = None if algorithm == "none" else (PLACE / request["key"]).read_bytes().strip()
        return jwt.encode(request["payload"], key, algorithm, headers=request.get("headers"))
    header = request.get("raw_header")
    if header is None:
        header = json.dumps({"alg": request["algorithm"], **request.get("headers", {})})
    payload = request.get("raw_payload")
    if payload is None:
        payload = json.dumps(request["payload"])
    text = base64url(header.encode("latin-1")) + "." + base64url(payload.encode("latin-1"))
    return text + "." + base64url(signature(request, text.encode()))


for line in sys.stdin:
    asked = json.loads(line)
    if "make" in asked:
        make(asked["make"], asked["algorithm"])
        print("made", flush=True)
    else:
        print(token(asked), flush=True)
