// Sending a file piece by piece (tus 1.0.0): whatever arrived is never sent again.
const PIECE = 4 * 1024 * 1024;
const VERSION = { "Tus-Resumable": "1.0.0" };
const LONGEST_WAIT_MS = 15000;

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const after = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  return Object.assign(new Error([said.message || answer.statusText, said.remedy].filter(Boolean).join(" ")), { final: true });
}

async function begin(blob, way) {
  const answer = await fetch(way.to, { method: "POST", signal: way.signal, headers: { ...way.headers,
    "Upload-Length": String(blob.size), "Upload-Metadata": `filename ${base64(way.name)}` } });
  if (!answer.ok) throw await refusal(answer);
  return answer.headers.get("Location").split("/").pop();
}

// Where the upload ends now; null when the server no longer knows it.
async function standing(id, way) {
  const answer = await fetch(`${way.to}/${id}`, { method: "HEAD", headers: way.headers, signal: way.signal });
  if ([404, 410].includes(answer.status)) return null;
  if (!answer.ok) throw new Error(answer.statusText);
  return Number(answer.headers.get("Upload-Offset"));
}

async function sendPieces(id, blob, offset, way) {
  while (offset < blob.size) {
    const answer = await fetch(`${way.to}/${id}`, { method: "PATCH", signal: way.signal, body: blob.slice(offset, offset + PIECE),
      headers: { ...way.headers, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" } });
    if ([400, 401, 403, 413, 415].includes(answer.status)) throw await refusal(answer);
    if (!answer.ok) throw new Error(answer.statusText);
    offset = Number(answer.headers.get("Upload-Offset"));
    way.told?.("sending", offset / blob.size);
  }
}

async function once(blob, way) {
  let id = await way.known.get();
  let offset = id ? await standing(id, way) : null;
  if (offset === null) {
    id = await begin(blob, way);
    offset = 0;
    await way.known.set(id);
  } else way.told?.("kept", offset / blob.size);
  await sendPieces(id, blob, offset, way);
  return id;
}

// to: address of uploads; name, token; known: {get, set} of the upload's id, kept where a closed page finds it;
// told(state, share): "sending", "kept" or "waiting"; patient: try until it succeeds; signal: to stop it.
export async function uploaded(blob, way) {
  const going = { ...way, headers: { ...VERSION, "X-CSRFToken": way.token } };
  for (let tries = 0; ; tries += 1) {
    try {
      return await once(blob, going);
    } catch (error) {
      if (error.final || !way.patient || way.signal?.aborted) throw error;
      way.told?.("waiting");
      await after(Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(tries, 5)));
    }
  }
}
