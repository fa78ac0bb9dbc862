/**
 * The kube-proxy daemon around the rule generator (in progress).
 */
export {}
