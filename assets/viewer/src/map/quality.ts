/** How much the machine can draw. */

export type Quality = "low" | "high";
export type QualityChoice = Quality | "auto";

const SOFTWARE_RENDERERS = /swiftshader|llvmpipe|software|basic render/i;

/** `?quality=low|auto|high` of the address; anything else is `auto`. */
export function readQualityChoice(search: string): QualityChoice {
  const choice = new URLSearchParams(search).get("quality");
  return choice === "low" || choice === "high" ? choice : "auto";
}

/** The name of the WebGL renderer, null when the browser has no WebGL 2. */
export function rendererName(): string | null {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return null;
  const info = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/** `auto` is low when the picture is computed by the processor. */
export function resolveQuality(choice: QualityChoice, renderer: string): Quality {
  if (choice !== "auto") return choice;
  return SOFTWARE_RENDERERS.test(renderer) ? "low" : "high";
}
