using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Shop.Identity.Data;
using Shop.Identity.Provider;

namespace Shop.Identity.Members;

internal static class MemberExtensions
{
    // Long enough to make guessing infeasible, and short enough that an attacker cannot lock a member out for long.
    private static readonly TimeSpan _lockoutTime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan _sessionTimeout = TimeSpan.FromHours(12);

    /// <summary>
    /// Adds the accounts of members and staff. As NIST SP 800-63B recommends, passwords are long, their characters are of any kind, and
    /// common passwords are rejected.
    /// </summary>
    public static void AddMembers(this IHostApplicationBuilder builder)
    {
        builder.Services.AddIdentityCore<ShopUser>(options =>
            {
                options.User.RequireUniqueEmail = true;
                options.User.AllowedUserNameCharacters = ""; // All: the user name is the email address.
                options.Password.RequiredLength = PasswordRules.MinLength;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = _lockoutTime;
            })
            .AddRoles<IdentityRole<Guid>>()
            .AddEntityFrameworkStores<IdentityDbContext>()
            .AddPasswordValidator<PasswordRules>()
            .AddSignInManager();
        builder.Services.AddScoped<Accounts>();

        builder.Services.AddAuthentication().AddIdentityCookies(cookies =>
            cookies.ApplicationCookie!.Configure<IOptions<ProviderOptions>>((cookie, provider) =>
            {
                provider.Value.ConfigureCookie(cookie.Cookie, "shop-sso");
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.ExpireTimeSpan = _sessionTimeout;
                cookie.LoginPath = "/sso/login";
                cookie.ReturnUrlParameter = "returnUrl";
            }));
    }
}
