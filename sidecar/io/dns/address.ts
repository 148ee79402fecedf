/** An IP literal as our sockets write it (RFC 5952), by which peers are compared. */
export const socketText = (address: string): string =>
  address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
