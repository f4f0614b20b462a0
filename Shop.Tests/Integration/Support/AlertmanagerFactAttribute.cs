namespace Shop.Tests.Integration.Support;

/// <summary>
/// A test with the Alertmanager of the distribution. It is skipped where it is not installed; <c>./test</c> installs it on Debian.
/// </summary>
public sealed class AlertmanagerFactAttribute : FactAttribute
{
    public AlertmanagerFactAttribute()
    {
        if (!Alertmanager.IsInstalled)
        {
            Skip = "Not installed: prometheus-alertmanager.";
        }
    }
}
