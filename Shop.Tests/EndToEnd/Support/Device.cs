namespace Shop.Tests.EndToEnd.Support;

/// <summary>What a visitor looks at the shop with.</summary>
/// <param name="Width">Width of the window, in CSS pixels.</param>
/// <param name="Height">Height of the window, in CSS pixels.</param>
/// <param name="RunsScript">Whether pages may run script.</param>
/// <param name="IsPhone">Whether the device is a phone, with touch.</param>
public sealed record Device(int Width, int Height, bool RunsScript = true, bool IsPhone = false)
{
    public static Device Desktop { get; } = new(1440, 900);

    public static Device WithoutScript { get; } = new(1440, 900, RunsScript: false);

    public static Device Phone { get; } = new(390, 844, IsPhone: true);
}
