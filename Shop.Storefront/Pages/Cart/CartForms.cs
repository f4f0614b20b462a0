using System.Globalization;
using Shop.Contracts;
using Shop.Storefront.Clients;
using Shop.Storefront.Pages.Layout;
using static Shop.Storefront.Pages.Layout.FormPosts;

namespace Shop.Storefront.Pages.Cart;

/// <summary>The forms that change a cart.</summary>
internal static class CartForms
{
    private const string CartPage = "/cart";

    public static void MapCartForms(this IEndpointRouteBuilder routes)
    {
        routes.MapForm("/cart/add", AddAsync);
        routes.MapForm("/cart/change", ChangeAsync);
    }

    private static async Task<IResult> AddAsync(
        HttpContext context, CartCookie cookie, CartClient carts, CancellationToken cancellationToken)
    {
        if (await context.ReadFormAsync() is not { } form)
        {
            return SeeOther(CartPage, ProblemTexts.FormExpired);
        }

        var sku = form["sku"].ToString();
        if (!OrderLimits.IsSku(sku))
        {
            return SeeOther("/products");
        }

        var page = $"/products/{sku}";
        if (ReadQuantity(form) is not { } quantity)
        {
            return SeeOther(page, ProblemTexts.InvalidQuantity);
        }

        var cart = cookie.FindOrCreate(context);
        var units = await carts.AddUnitsAsync(cart.CartId, sku, quantity, cancellationToken);
        if (!units.Succeeded)
        {
            return SeeOther(page, units.Problem.Code);
        }

        cookie.Set(context, cart.WithItemCount(units.Value.ItemCount));
        return SeeOther($"{page}?added={units.Value.Added.ToString(CultureInfo.InvariantCulture)}");
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext context, CartCookie cookie, CartClient carts, CancellationToken cancellationToken)
    {
        if (await context.ReadFormAsync() is not { } form)
        {
            return SeeOther(CartPage, ProblemTexts.FormExpired);
        }

        var sku = form["sku"].ToString();
        if (cookie.Find(context) is not { } cart || !OrderLimits.IsSku(sku))
        {
            return SeeOther(CartPage);
        }

        if (form["action"] == "remove")
        {
            var removed = await carts.RemoveLineAsync(cart.CartId, sku, cancellationToken);
            return SeeOther(CartPage, removed.Problem?.Code);
        }

        if (ReadQuantity(form) is not { } quantity)
        {
            return SeeOther(CartPage, ProblemTexts.InvalidQuantity);
        }

        var changed = await carts.SetLineAsync(cart.CartId, sku, quantity, cancellationToken);
        return SeeOther(CartPage, changed.Problem?.Code);
    }

    private static int? ReadQuantity(IFormCollection form) =>
        int.TryParse(form["quantity"], NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
        && quantity is >= OrderLimits.MinQuantity and <= OrderLimits.MaxQuantity
            ? quantity
            : null;
}
