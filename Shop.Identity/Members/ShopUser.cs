using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Members;

/// <summary>A person with an account. The user name is the email address.</summary>
[Telemetry.PersonalData]
internal sealed class ShopUser : IdentityUser<Guid>
{
    /// <summary>Returns no personal data; the base class returns the user name.</summary>
    public override string ToString() => nameof(ShopUser);
}
