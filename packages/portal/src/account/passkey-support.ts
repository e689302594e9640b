/** Whether passkeys work on this page: the browser must have them, and the address must be a secure one (https or localhost). */
export function passkeysWork(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === 'function';
}
