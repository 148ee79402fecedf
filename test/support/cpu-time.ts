/** What this thread has used of the CPU, in ms: unlike the time, it does not go on while others have the core. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
