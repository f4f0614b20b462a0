namespace Shop.Web.Management;

/// <summary>Marks connections that the management endpoint accepted.</summary>
internal sealed class ManagementMarker
{
    private ManagementMarker()
    {
    }

    public static ManagementMarker Instance { get; } = new();
}
