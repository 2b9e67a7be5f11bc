// Reads {url, issuer, audience, typ, tokens} from standard input and verifies each token with the
// keys that the URL publishes. Prints one object a token: its claims, or the code of the refusal.
import { createRemoteJWKSet, jwtVerify } from "jose";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { url, issuer, audience, typ, tokens } = JSON.parse(input);
const keys = createRemoteJWKSet(new URL(url));
const verdicts = [];
for (const token of tokens) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer,
      audience,
      typ,
      requiredClaims: ["jti", "iat", "sub"],
    });
    verdicts.push({ valid: true, kid: protectedHeader.kid, claims: payload });
  } catch (error) {
    verdicts.push({ valid: false, code: error.code ?? String(error) });
  }
}
process.stdout.write(JSON.stringify(verdicts));
