namespace Shop.Storefront.Pages.Products;

/// <summary>The names of categories as headings.</summary>
internal static class CategoryText
{
    /// <summary>Returns the name with a capital letter.</summary>
    public static string Format(string category) => category.Length == 0 ? "" : char.ToUpperInvariant(category[0]) + category[1..];
}
