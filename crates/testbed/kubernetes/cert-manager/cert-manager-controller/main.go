// cert-manager's controller with the issuers that need nobody outside of the cluster: CA and SelfSigned. It takes the
// flags that the chart passes. There is one replica, so it holds no election.
package main

import (
	"context"
	"net"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/klog/v2"

	"github.com/cert-manager/cert-manager/internal/controller/feature"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	csrca "github.com/cert-manager/cert-manager/pkg/controller/certificatesigningrequests/ca"
	csrselfsigned "github.com/cert-manager/cert-manager/pkg/controller/certificatesigningrequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

func main() {
	options, switches := parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(logf.NewContext(ctx, logf.Log, "controller"), options, switches); err != nil {
		klog.Fatal(err)
	}
}

// parse reads the flags of the chart; switches is what --controllers says.
func parse() (options controller.ContextOptions, switches []string) {
	logging := logsapi.NewLoggingConfiguration()
	flags := pflag.CommandLine
	logf.AddFlags(logging, flags)
	utilfeature.DefaultMutableFeatureGate.AddFlag(flags)
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "kube-system", "")
	flags.StringSliceVar(&switches, "controllers", nil, "")
	for _, unused := range []string{"leader-election-namespace", "acme-http01-solver-image", "max-concurrent-challenges"} {
		flags.String(unused, "", "accepted, since the chart passes it")
	}
	pflag.Parse()
	if err := logf.ValidateAndApply(logging); err != nil {
		klog.Fatal(err)
	}

	options.KubernetesAPIQPS, options.KubernetesAPIBurst = 20, 50
	options.CopiedAnnotationPrefixes = []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"}
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	return options, switches
}

func run(ctx context.Context, options controller.ContextOptions, switches []string) error {
	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for name, build := range controller.Known() {
		if !enabled(name, switches) {
			continue
		}
		built, err := build(factory)
		if err != nil {
			return err
		}
		group.Go(func() error { return built.Run(workers, ctx) })
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())

	health, err := net.Listen("tcp", healthAddress)
	if err != nil {
		return err
	}
	group.Go(func() error { return healthz.NewServer(time.Minute).Start(ctx, health) })
	return group.Wait()
}

// enabled knows what the chart's disableAutoApproval and its feature gate switch.
func enabled(name string, switches []string) bool {
	switch name {
	case approver.ControllerName:
		return !slices.Contains(switches, "-"+name)
	case csrca.CSRControllerName, csrselfsigned.CSRControllerName:
		return utilfeature.DefaultFeatureGate.Enabled(feature.ExperimentalCertificateSigningRequestControllers)
	default:
		return true
	}
}

const (
	workers = 5
	// healthAddress is where the chart's probes ask.
	healthAddress = ":9403"
)
