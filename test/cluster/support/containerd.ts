import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inside, Namespaces } from './namespaces.ts';

const SOCKET = '/run/containerd.sock';
const NAMESPACE = 'k8s.io';

export const CONTAINERD_ENDPOINT = `unix://${SOCKET}`;
export const PAUSE_IMAGE = 'registry.local/pause:1';

/** Others need a kernel module or a file system of their own, and complain without it. */
const UNUSED = ['internal.v1.opt', 'snapshotter.v1.aufs', 'snapshotter.v1.btrfs', 'snapshotter.v1.devmapper'];

const configuration = (inner: Namespaces, root: string): string => `
version = 2
root = "${root}"
state = "${inner.home}/memory/containerd"
disabled_plugins = [${[...UNUSED, 'snapshotter.v1.zfs', 'tracing.processor.v1.otlp'].map((name) => `"io.containerd.${name}"`).join(', ')}]
[grpc]
  address = "${SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  # Without CAP_SYS_RESOURCE nothing may be made less likely to be killed for memory.
  restrict_oom_score_adj = true
  disable_apparmor = true
  sandbox_image = "${PAUSE_IMAGE}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(inner.home, 'cni')}"
`;

const ctr = (inner: Inside, ...args: string[]): Promise<string> =>
  inner.run('ctr', '-a', SOCKET, '-n', NAMESPACE, ...args);

/** Starts containerd with its images and layers in `root`; resolves when it answers. */
export async function startContainerd(inner: Namespaces, root: string): Promise<void> {
  const file = join(inner.home, 'containerd.toml');
  writeFileSync(file, configuration(inner, root));
  inner.start('containerd', 'containerd', ['-c', file, '-l', 'warn']);
  const answers = () =>
    ctr(inner, 'version').then(
      () => true,
      () => false,
    );
  await inner.until(answers);
}

/** Imports the images of an OCI tar; a layer that is there already is not unpacked again. */
export const importImage = async (inner: Inside, tar: string): Promise<void> =>
  void (await ctr(inner, 'images', 'import', tar));
