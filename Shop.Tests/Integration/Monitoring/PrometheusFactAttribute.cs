using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Monitoring;

/// <summary>
/// A test with the Prometheus and the Alertmanager of the distribution. It is skipped where they are not installed; <c>./test</c> installs
/// them on Debian.
/// </summary>
public sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute()
    {
        if (!Prometheus.IsInstalled || !Alertmanager.IsInstalled)
        {
            Skip = "Not installed: prometheus and prometheus-alertmanager.";
        }
    }
}
