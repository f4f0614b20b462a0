using Microsoft.AspNetCore.Http;

namespace Shop.Web.Management;

/// <summary>Marks connections that the management endpoint accepted.</summary>
internal sealed class ManagementMarker
{
    private ManagementMarker()
    {
    }

    public static ManagementMarker Instance { get; } = new();
}

internal static class ManagementHttpContextExtensions
{
    /// <summary>Determines whether a request arrived at the management endpoint.</summary>
    public static bool IsManagement(this HttpContext context) => context.Features.Get<ManagementMarker>() is not null;
}
