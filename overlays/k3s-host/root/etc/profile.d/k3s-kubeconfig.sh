# Lets root use kubectl on a k3s server without naming the kubeconfig, which only root can read.
if [ "$(id -u)" = 0 ] && [ -r /etc/rancher/k3s/k3s.yaml ]; then
  export KUBECONFIG=/etc/rancher/k3s/k3s.yaml
fi
