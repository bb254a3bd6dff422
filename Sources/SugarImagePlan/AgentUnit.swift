/// The agent on a node: where it stands, and how systemd runs it.
public enum AgentUnit {
  public static let binary = "/usr/local/lib/sugaragent/sugaragent"
  public static let path = "/etc/systemd/system/sugaragent.service"
  /// The link by which systemd starts it on every boot.
  public static let enabled = "/etc/systemd/system/multi-user.target.wants/sugaragent.service"

  /// The unit's text. (systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.resource-control(5))
  ///
  /// It writes block devices, tells the kernel about partitions (BLKPG, ioctl(2)) and grows file
  /// systems that are in use, as root. It has a mount namespace of its own: what it mounts itself
  /// nobody else sees, so it has systemd's units mount things.
  public static let text = """
    # Written by sugarimage
    [Unit]
    Description=Makes this machine the node that its image is for
    # No order with network-online.target: disks come first, and the network may never come.
    RequiresMountsFor=/boot/firmware
    Before=k3s.service k3s-agent.service
    StartLimitIntervalSec=15min
    StartLimitBurst=3

    [Service]
    Type=notify
    ExecStart=\(binary) run
    StandardOutput=journal+console
    StandardError=journal+console
    TimeoutStartSec=15min
    WatchdogSec=5min
    Restart=on-failure
    RestartSec=10s
    # a refusal stays one, however often it is repeated
    RestartPreventExitStatus=64 65 77
    StateDirectory=sugaragent
    StateDirectoryMode=0700
    UMask=0077

    # disks, and no other devices
    DevicePolicy=closed
    DeviceAllow=block-* rw
    CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYS_RESOURCE CAP_SYS_RAWIO CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER
    # /usr and /boot are read-only; / is not, because it grows while it is mounted
    ProtectSystem=yes
    ReadWritePaths=/boot/firmware
    ProtectHome=yes
    PrivateTmp=yes
    ProtectClock=yes
    ProtectHostname=yes
    ProtectControlGroups=yes
    ProtectKernelLogs=yes
    ProtectKernelModules=yes
    # udevadm trigger writes into /sys/devices
    ProtectKernelTunables=yes
    ReadWritePaths=/sys/devices
    NoNewPrivileges=yes
    LockPersonality=yes
    MemoryDenyWriteExecute=yes
    RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6
    RestrictNamespaces=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes
    SystemCallArchitectures=native
    SystemCallFilter=@system-service @mount
    SystemCallErrorNumber=EPERM

    [Install]
    WantedBy=multi-user.target

    """

  public static let eepromPath = "/etc/systemd/system/sugaragent-eeprom.service"
  public static let eepromEnabled =
    "/etc/systemd/system/multi-user.target.wants/sugaragent-eeprom.service"

  /// The unit of the part that sees to the board's boot order: the same program, which runs Raspberry
  /// Pi's own tools. They reach the firmware and the EEPROM, and no disk.
  ///
  /// Whoever stops it waits for it: a board that is switched off while its EEPROM is written needs a
  /// rescue card. (systemd.kill(5))
  public static let eepromText = """
    # Written by sugarimage
    [Unit]
    Description=Sets the boot order of this board as its fleet says
    RequiresMountsFor=/boot/firmware
    # The disks are proven first; and Raspberry Pi's own service takes updates away that wait there.
    After=sugaragent.service rpi-eeprom-update.service
    # A restart that joining needs brings the settings into force.
    Before=sugaragent-join.service
    StartLimitIntervalSec=0

    [Service]
    Type=notify
    ExecStart=\(binary) run eeprom
    StandardOutput=journal+console
    StandardError=journal+console
    TimeoutStartSec=15min
    KillSignal=SIGCONT
    TimeoutStopSec=15min
    # under-voltage, or disks that come later
    Restart=on-failure
    RestartSec=10min
    # a refusal stays one, however often it is repeated
    RestartPreventExitStatus=64 65 77
    StateDirectory=sugaragent
    StateDirectoryMode=0700
    UMask=0077

    # the firmware's mailbox and the EEPROM's own bus, and no disk
    DevicePolicy=closed
    DeviceAllow=/dev/vcio rw
    DeviceAllow=/dev/vchiq rw
    DeviceAllow=char-spi rw
    CapabilityBoundingSet=
    RestrictAddressFamilies=AF_UNIX
    PrivateNetwork=yes
    SystemCallFilter=@system-service
    SystemCallErrorNumber=EPERM
    SystemCallArchitectures=native
    ProtectSystem=yes
    ReadWritePaths=/boot/firmware
    ProtectHome=yes
    PrivateTmp=yes
    ProtectClock=yes
    ProtectHostname=yes
    ProtectControlGroups=yes
    ProtectKernelLogs=yes
    ProtectKernelModules=yes
    ProtectKernelTunables=yes
    NoNewPrivileges=yes
    LockPersonality=yes
    MemoryDenyWriteExecute=yes
    RestrictNamespaces=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes

    [Install]
    WantedBy=multi-user.target

    """

  public static let joinPath = "/etc/systemd/system/sugaragent-join.service"
  public static let joinEnabled =
    "/etc/systemd/system/multi-user.target.wants/sugaragent-join.service"

  /// The unit of the part that joins the cluster: the same program, with less. It writes no block
  /// device and may not administer the system; it asks systemd for what it starts.
  ///
  /// It tells systemd that it is up before it begins, because it may have to wait for ever, and no
  /// boot waits for it.
  public static let joinText = """
    # Written by sugarimage
    [Unit]
    Description=Takes this node into its cluster
    RequiresMountsFor=/boot/firmware
    After=sugaragent.service
    StartLimitIntervalSec=15min
    StartLimitBurst=5

    [Service]
    Type=notify
    ExecStart=\(binary) run join
    StandardOutput=journal+console
    StandardError=journal+console
    WatchdogSec=10min
    Restart=on-failure
    RestartSec=30s
    # a refusal stays one, however often it is repeated
    RestartPreventExitStatus=64 65 77
    StateDirectory=sugaragent
    StateDirectoryMode=0700
    UMask=0077

    # sets the clock, and asks whether another machine has the node's address (ARP)
    CapabilityBoundingSet=CAP_SYS_TIME CAP_NET_RAW
    RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_PACKET
    SystemCallFilter=@system-service @clock
    SystemCallErrorNumber=EPERM
    SystemCallArchitectures=native
    DevicePolicy=closed
    PrivateDevices=yes
    # disks are mounted while it runs, so what it writes below / is not named one by one
    ProtectSystem=yes
    ReadWritePaths=/boot/firmware
    ProtectHome=yes
    PrivateTmp=yes
    ProtectHostname=yes
    ProtectControlGroups=yes
    ProtectKernelLogs=yes
    ProtectKernelModules=yes
    ProtectKernelTunables=yes
    NoNewPrivileges=yes
    LockPersonality=yes
    MemoryDenyWriteExecute=yes
    RestrictNamespaces=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes

    [Install]
    WantedBy=multi-user.target

    """
}
