import SugarModel

extension K3sNode {
  /// The systemd unit as k3s's installer writes it. It is not enabled: the agent starts it when the
  /// node may join.
  /// (k3s-io/k3s, install.sh, `create_systemd_service_file`)
  public var unit: String {
    """
    [Unit]
    Description=Lightweight Kubernetes
    Documentation=https://k3s.io
    Wants=network-online.target
    After=network-online.target

    [Install]
    WantedBy=multi-user.target

    [Service]
    Type=notify
    EnvironmentFile=-/etc/default/%N
    EnvironmentFile=-/etc/sysconfig/%N
    EnvironmentFile=-\(environmentPath)
    KillMode=process
    Delegate=yes
    User=root
    # Having non-zero Limit*s causes performance problems due to accounting overhead
    # in the kernel. We recommend using cgroups to do container-local accounting.
    LimitNOFILE=1048576
    LimitNPROC=infinity
    LimitCORE=infinity
    TasksMax=infinity
    TimeoutStartSec=0
    Restart=always
    RestartSec=5s
    ExecStartPre=-/sbin/modprobe br_netfilter
    ExecStartPre=-/sbin/modprobe overlay
    ExecStart=\(K3sPaths.binary) \(role.isServer ? "server" : "agent")

    """
  }

  public var unitPath: String { "/etc/systemd/system/\(unitName).service" }

  /// Read by the unit; the installer makes it, and so do we, for an operator's proxy settings.
  public var environmentPath: String { "\(unitPath).env" }

  /// What stands in place of k3s when a fleet names no binary. It says so to whoever starts it.
  public static func placeholder(version: String) -> String {
    """
    #!/bin/sh
    # sugarimage placeholder: this image was built without a k3s binary.
    echo "k3s \(version) was not put into this image: name it by path and sha256 under clusters[].k3s and build again" >&2
    exit 69

    """
  }
}
