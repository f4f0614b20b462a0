using Shop.Storefront.SignIn;
using static Shop.Storefront.Pages.Layout.FormPosts;

namespace Shop.Storefront.Pages.Account;

/// <summary>The form that signs a member out.</summary>
internal static class SignOutForm
{
    /// <summary>The path of the form and of its page.</summary>
    public const string Path = "/logout";

    public static void MapSignOutForm(this IEndpointRouteBuilder routes) => routes.MapForm(Path, SignOutAsync);

    private static async Task<IResult> SignOutAsync(HttpContext context, SignOut signOut)
    {
        if (await context.ReadFormAsync() is null)
        {
            // The token of the form is that of a member who is no longer signed in, or another site has sent it.
            return SeeOther(context.User.Identity?.IsAuthenticated == true ? Path : "/");
        }

        return SeeOther(await signOut.RunAsync(context));
    }
}
