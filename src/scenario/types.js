/** `apiVersion` of the lab documents this build reads and writes. Older ones are migrated, newer ones are refused by name. */
export const LAB_API_VERSION = 'hopscope.dev/v1alpha1';
export const LAB_KIND = 'Lab';
export const ADDON_NAMES = ['flannel-vxlan', 'kube-proxy-iptables', 'coredns'];
