using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Shop.Insights.Pages;

/// <summary>A text in a drawing. In Razor, the element <c>text</c> has another meaning.</summary>
public sealed class SvgText : ComponentBase
{
    /// <summary>The left end of the text.</summary>
    [Parameter, EditorRequired]
    public double X { get; set; }

    /// <summary>The base line of the text.</summary>
    [Parameter, EditorRequired]
    public double Y { get; set; }

    /// <summary>The class of the style sheet.</summary>
    [Parameter, EditorRequired]
    public string Class { get; set; } = "";

    /// <summary>The text.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "class", Class);
        builder.AddAttribute(2, "x", NumberText.Svg(X));
        builder.AddAttribute(3, "y", NumberText.Svg(Y));
        builder.AddContent(4, Text);
        builder.CloseElement();
    }
}
