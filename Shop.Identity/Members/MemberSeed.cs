using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Members;

/// <summary>Completes the roles and, in Development, the demo users of docs/sign-in.md.</summary>
internal static class MemberSeed
{
    private static readonly (string Email, string Password, string[] Roles)[] _demoUsers =
    [
        ("member@example.org", "a-demo-of-the-shop", [Roles.Member]),
        ("staff@example.org", "a-demo-of-the-shop", [Roles.Member, Roles.Staff]),
    ];

    public static async Task RunAsync(IServiceProvider services, bool addDemoUsers)
    {
        var roles = services.GetRequiredService<RoleManager<IdentityRole<Guid>>>();
        foreach (var role in (string[])[Roles.Member, Roles.Staff])
        {
            if (!await roles.RoleExistsAsync(role))
            {
                Require(await roles.CreateAsync(new IdentityRole<Guid>(role)));
            }
        }

        if (!addDemoUsers)
        {
            return;
        }

        var users = services.GetRequiredService<UserManager<ShopUser>>();
        foreach (var (email, password, rolesOfUser) in _demoUsers)
        {
            if (await users.FindByEmailAsync(email) is not { } user)
            {
                user = new ShopUser { Id = Guid.NewGuid(), UserName = email, Email = email };
                Require(await users.CreateAsync(user, password));
            }

            // Also after a start that ended half-way.
            foreach (var role in rolesOfUser.Except(await users.GetRolesAsync(user)))
            {
                Require(await users.AddToRoleAsync(user, role));
            }
        }
    }

    private static void Require(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(string.Join(", ", result.Errors.Select(error => error.Code)));
        }
    }
}
